// Where the page gets its data: the file that it is in, or a server. All views work with either.
import type { LogView, PageDocument, PastStage, StageDetail } from '../contract.ts';

export interface Source {
  /** Undefined for a file: nothing can be started, nothing changes. */
  readonly live: LiveSource | undefined;
  detail(stage: string): Promise<StageDetail>;
  /** The stages of an earlier run. */
  pastRun(run: string): Promise<readonly (PastStage & { readonly stage: string })[]>;
}

export interface LiveSource {
  log(stage: string, from: number): Promise<LogView | null>;
  /** @returns why it was refused. */
  start(targets: readonly string[], force: boolean): Promise<string | undefined>;
  stop(): Promise<string | undefined>;
}

export function fileSource({ details }: PageDocument): Source {
  return {
    live: undefined,
    detail: (stage) => {
      const found = Object.hasOwn(details, stage) ? details[stage] : undefined;
      return found ? Promise.resolve(found) : Promise.reject(new Error(`There is no stage ${stage}.`));
    },
    pastRun: (run) =>
      Promise.resolve(
        Object.values(details).flatMap(({ name, history }) =>
          history.flatMap((past) => (past.run === run ? [{ ...past, stage: name }] : [])),
        ),
      ),
  };
}
