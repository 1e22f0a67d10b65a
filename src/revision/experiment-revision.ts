// A project as an experiment left it: declared as at the commit that it was run at, with the results that its record names.
import { basename, join } from 'node:path';
import { isWithin, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { lockTextWith, locksOf } from '../experiment/record-locks.ts';
import type { ExperimentRecord } from '../experiment/record.ts';
import type { LockEntry } from '../lock/lock-entry.ts';
import type { Project } from '../pipeline/project.ts';
import type { Stage } from '../pipeline/stage.ts';
import type { Revision } from './project-at.ts';
import { outputsOf } from './revision-at.ts';

/** What stages make in a project: of an experiment, what git has at these paths is another result. */
export function madeIn({ stages }: Project): (at: WorkspacePath) => boolean {
  const made = new Set(stages.filter(({ cmd }) => cmd !== null).flatMap(({ outs }) => outs));
  return (at) => [...made].some((out) => isWithin(at, out.at));
}

/** @param base the commit that it was run at. @throws PipeError for a record whose lock files are damaged. */
export function revisionOfExperiment(record: ExperimentRecord, base: Revision): Revision {
  const { name: lockName, format } = base.dialect.lockFile;
  const locks = locksOf(record, format);
  const entry = (stage: Stage): LockEntry | undefined => {
    const lock = locks.get(join(parentFolder(stage.file), lockName));
    return lock?.entries.get(stage.name) ?? (stage.cmd === null ? base.entry(stage) : undefined);
  };
  const isMade = madeIn(base.project);
  return {
    ...base,
    name: record.name,
    isExperiment: true,
    entry,
    // What git has of an output is another result.
    kind: (at) => (isMade(at) ? undefined : locks.has(at) ? 'file' : base.kind(at)),
    async names(at) {
      if (isMade(at)) return [];
      const own = [...locks.keys()].filter((file) => parentFolder(file as WorkspacePath) === at);
      return [...new Set([...(await base.names(at)), ...own.map((file) => basename(file))])].sort();
    },
    async bytes(at) {
      if (isMade(at)) return undefined;
      const bytes = await base.bytes(at);
      const lock = locks.get(at);
      return lock ? Buffer.from(lockTextWith(lock.entries, bytes?.toString() ?? '', at, format)) : bytes;
    },
    output: outputsOf(base.project, entry),
    get graph() {
      return base.graph;
    },
  };
}
