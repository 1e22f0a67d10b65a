// The outputs that a record names, with the remote that each belongs to.
import { locksOf } from '../../experiment/record-locks.ts';
import type { ExperimentRecord } from '../../experiment/record.ts';
import type { ExperimentOut } from '../../run/remote/experiments.ts';
import type { Loaded } from '../load.ts';
import { lockFileOf } from './lock-texts.ts';

/** As the pipeline of the workspace declares them; what it no longer has belongs to the default remote. @throws PipeError */
export function recordedOuts(
  record: ExperimentRecord,
  { project, dialect }: Pick<Loaded, 'project' | 'dialect'>,
): readonly ExperimentOut[] {
  const idOf = (file: string, name: string): string => `${file}\0${name}`;
  const stages = new Map(
    project.stages.map((stage) => [idOf(lockFileOf(stage, dialect), stage.name), stage]),
  );
  return [...locksOf(record, dialect.lockFile.format)].flatMap(([file, { entries }]) =>
    [...entries].flatMap(([name, { outs }]) => {
      const declared = new Map(stages.get(idOf(file, name))?.outs.map((out) => [out.path, out]));
      return outs.map(({ path, content }) => {
        const { push = true, remote = null } = declared.get(path) ?? {};
        return { content, push, remote };
      });
    }),
  );
}
