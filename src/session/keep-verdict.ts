// Keeps what a clean `repro` saw, for the fast answer of the next one (fast/answer.ts). Owns which runs are clean.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import { formatVerdict, VERDICT_FILE } from '../fast/verdict.ts';
import { now, unsettledFor } from '../disk/stat-key.ts';
import type { Loaded } from './load.ts';
import { MISSING, EXISTS, type PathStamp } from '../disk/path-stamp.ts';
import type { Stage } from '../pipeline/stage.ts';
import { listen } from '../disk/witnessed-fs.ts';
import type { RunCounts } from '../run/event.ts';

declare const PIPE_BUILD: string;

/** Put in by the build; sources that run as they are have none. */
const build = typeof PIPE_BUILD === 'string' ? PIPE_BUILD : undefined;

export interface PendingVerdict {
  /** Something is to be done: no verdict will come of this run, and nobody need look any more. */
  drop(): void;
  /** Called at the end of a run that went without a warning, under the run lock. */
  keep(loaded: Loaded, stages: readonly Stage[], counts: RunCounts): void;
}

/** From here on everything that is looked at counts. Undefined where no verdict can come of it. */
export function awaitVerdict(flags: object): PendingVerdict | undefined {
  const told = ['dry', 'force', 'json', 'verbose', 'profile', 'breakLock'];
  if (build === undefined || told.some((flag) => flag in flags)) return undefined;
  const started = now();
  const witness = listen();
  return {
    drop: () => void witness.end(),
    keep(loaded, stages, counts) {
      const seen = witness.end();
      if (!seen || counts.fresh !== stages.length || !isPlain(loaded) || !stages.every(isSteady)) return;
      if (![...seen.values()].every((what) => isSettled(what, started))) return;
      const file = join(loaded.project.root, VERDICT_FILE);
      const circumstances = { build, args: process.argv.slice(2), cwd: process.cwd() };
      try {
        const text = formatVerdict({ stages: stages.length, seen }, circumstances);
        replaceFile(file, text, { temporary: `${file}.new` });
      } catch {
        // Without it the next run takes a little longer.
      }
    },
  };
}

/** The next run looks at everything again. @param root absolute folder of the project. */
export function dropVerdict(root: string): void {
  rmSync(join(root, VERDICT_FILE), { force: true });
}

/** The fast answer looks for the verdict in the default cache folder only. */
function isPlain({ dialect, project, folders }: Loaded): boolean {
  return dialect.hasFastAnswer && folders.cache === join(project.root, dialect.defaultCache);
}

/** Whether nothing but files decides about the stage: not the machine, and no standing order. */
function isSteady({ cmd, frozen, alwaysChanged, resources }: Stage): boolean {
  const { cpus = 0, memory = 0, gpus = 0 } = resources;
  return cmd !== null && !frozen && !alwaysChanged && cpus <= 1 && memory === 0 && gpus === 0;
}

/** Nanoseconds, more than any file system rounds by. */
const LONG_AGO = 10e9;

/** Any change since the run began shows in the times: then whatever was read is what was seen. */
function isSettled(what: PathStamp, started: bigint): boolean {
  if (what === EXISTS || what === MISSING) return true;
  const [, , mtime, ctime] = what.split('-');
  // Most files are older by far; the rest is looked at exactly.
  if (Math.max(Number(mtime), Number(ctime)) < Number(started) - LONG_AGO) return true;
  const [ino, size, mtimeNs, ctimeNs] = what.split('-').map(BigInt) as [bigint, bigint, bigint, bigint];
  return unsettledFor({ ino, size, mtimeNs, ctimeNs }, started) === 0n;
}
