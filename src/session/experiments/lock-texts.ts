// The texts of lock files that record the stages of an experiment.
import { posix } from 'node:path';
import type { Dialect } from '../../dialect.ts';
import type { LockEntry } from '../../lock/lock-entry.ts';
import type { Stage, StageAddress } from '../../pipeline/stage.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';

/** Relative to the root of the project. */
export const lockFileOf = ({ file }: Pick<Stage, 'file'>, { lockFile }: Dialect): string =>
  posix.join(posix.dirname(file), lockFile.name);

/** By path; stages in the order of the pipeline. */
export function lockTexts(
  stages: readonly Stage[],
  entries: ReadonlyMap<StageAddress, LockEntry>,
  dialect: Dialect,
): ReadonlyMap<string, string> {
  const files = new Map<string, Map<string, LockEntry>>();
  for (const stage of stages) {
    const entry = entries.get(stage.address);
    if (!entry || stage.cmd === null) continue;
    const file = lockFileOf(stage, dialect);
    files.set(file, (files.get(file) ?? new Map<string, LockEntry>()).set(stage.name, entry));
  }
  return new Map(
    [...files].map(([file, of]) => [
      file,
      [...dialect.lockFile.format.format({ entries: of, overlay: noOverlay })].join(''),
    ]),
  );
}
