// A project as an experiment left it: declared as at the commit that it was run at, with the results that its record names.
import { join } from 'node:path';
import { isWithin, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { locksOf } from '../experiment/record-locks.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Revision } from './project-at.ts';
import { outputsOf } from './revision-at.ts';

/** @param base the commit that it was run at. @throws PipeError for a record whose lock files are damaged. */
export function revisionOfExperiment(record: ExperimentRecord, base: Revision): Revision {
  const { name: lockName, format } = base.dialect.lockFile;
  const locks = locksOf(record, format);
  const entry = (stage: Stage): LockEntry | undefined => {
    const lock = locks.get(join(parentFolder(stage.file), lockName));
    return lock?.entries.get(stage.name) ?? (stage.cmd === null ? base.entry(stage) : undefined);
  };
  const made = new Set(base.project.stages.filter(({ cmd }) => cmd !== null).flatMap(({ outs }) => outs));
  const isMade = (at: WorkspacePath): boolean => [...made].some((out) => isWithin(at, out.at));
  return {
    ...base,
    name: record.name,
    isExperiment: true,
    entry,
    // What git has of an output is another result.
    kind: (at) => (isMade(at) ? undefined : base.kind(at)),
    names: async (at) => (isMade(at) ? [] : base.names(at)),
    bytes: async (at) => (isMade(at) ? undefined : base.bytes(at)),
    output: outputsOf(base.project, entry),
    get graph() {
      return base.graph;
    },
  };
}
