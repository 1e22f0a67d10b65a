// Where the page gets its data: the file that it is in, or a server. All views work with either.
import { onlyOf } from './plot-revisions.ts';
import type {
  LogView,
  PageDocument,
  PastStage,
  StageDetail,
  TableView,
  DataSize,
  GarbageView,
  RemoteView,
  PlotsView,
} from '../contract.ts';

export interface Source {
  /** Undefined for a file: nothing can be started, nothing changes. */
  readonly live: LiveSource | undefined;
  detail(stage: string): Promise<StageDetail>;
  tables(): Promise<readonly TableView[]>;
  sizes(): Promise<readonly DataSize[]>;
  /** That plots can be taken from. */
  revisions(): Promise<readonly string[]>;
  plots(revisions: readonly string[]): Promise<PlotsView>;
  /** The script that draws plots. */
  drawing(): Promise<string>;
  /** The stages of an earlier run. */
  pastRun(run: string): Promise<readonly (PastStage & { readonly stage: string })[]>;
}

export interface LiveSource {
  log(stage: string, from: number): Promise<LogView | null>;
  /** @param onlyNeeded everything that the workspace does not need. */
  garbage(onlyNeeded: boolean): Promise<GarbageView>;
  remotes(): Promise<readonly RemoteView[]>;
  /** @returns why it was refused. */
  start(targets: readonly string[], force: boolean): Promise<string | undefined>;
  stop(): Promise<string | undefined>;
}

/** What the file has besides the view. */
export type PackedPart = Exclude<keyof FileParts, 'view'>;

export interface FileParts extends PageDocument {
  /** The script that draws plots, where there are any. */
  readonly drawing: string;
}

export function fileSource(part: <Name extends PackedPart>(name: Name) => Promise<FileParts[Name]>): Source {
  return {
    live: undefined,
    async detail(stage) {
      const details = await part('details');
      const found = Object.hasOwn(details, stage) ? details[stage] : undefined;
      if (!found) throw new Error(`There is no stage ${stage}.`);
      return found;
    },
    tables: () => part('tables'),
    sizes: () => part('sizes'),
    revisions: async () => (await part('plots')).revisions,
    plots: async (names) => onlyOf(await part('plots'), names),
    drawing: () => part('drawing'),
    pastRun: async (run) =>
      Object.values(await part('details')).flatMap(({ name, history }) =>
        history.flatMap((past) => (past.run === run ? [{ ...past, stage: name }] : [])),
      ),
  };
}
