// Where the page gets its data: the file that it is in, or a server. All views work with either.
import type { LogView, PageDocument, PastStage, StageDetail, TableView } from '../contract.ts';

export interface Source {
  /** Undefined for a file: nothing can be started, nothing changes. */
  readonly live: LiveSource | undefined;
  detail(stage: string): Promise<StageDetail>;
  tables(): Promise<readonly TableView[]>;
  /** The stages of an earlier run. */
  pastRun(run: string): Promise<readonly (PastStage & { readonly stage: string })[]>;
}

export interface LiveSource {
  log(stage: string, from: number): Promise<LogView | null>;
  /** @returns why it was refused. */
  start(targets: readonly string[], force: boolean): Promise<string | undefined>;
  stop(): Promise<string | undefined>;
}

/** What the file has besides the view. */
export type PackedPart = Exclude<keyof PageDocument, 'view'>;

export function fileSource(
  part: <Name extends PackedPart>(name: Name) => Promise<PageDocument[Name]>,
): Source {
  return {
    live: undefined,
    async detail(stage) {
      const details = await part('details');
      const found = Object.hasOwn(details, stage) ? details[stage] : undefined;
      if (!found) throw new Error(`There is no stage ${stage}.`);
      return found;
    },
    tables: () => part('tables'),
    pastRun: async (run) =>
      Object.values(await part('details')).flatMap(({ name, history }) =>
        history.flatMap((past) => (past.run === run ? [{ ...past, stage: name }] : [])),
      ),
  };
}
