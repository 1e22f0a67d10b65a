// Records what a clean `repro` read, so that the next one can give the fast answer (fast/answer.ts). Owns which runs are
// clean.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../disk/replace-file.ts';
import { formatVerdict, VERDICT_FILE } from '../fast/verdict.ts';
import { isSettled } from '../disk/settled-stamp.ts';
import { now } from '../disk/stat-key.ts';
import type { Loaded } from './load.ts';
import { isUrl } from '../base/workspace-path.ts';
import type { Stage } from '../pipeline/stage.ts';
import { listen } from '../disk/witnessed-fs.ts';
import type { RunCounts } from '../run/event.ts';

declare const PIPE_BUILD: string;

/** Defined by the build; undefined where Node runs the sources directly. */
const build = typeof PIPE_BUILD === 'string' ? PIPE_BUILD : undefined;

export interface PendingVerdict {
  /** Ends the recording: a stage is not fresh or a warning was shown, so no verdict follows from this run. */
  drop(): void;
  /** Writes the verdict unless it was dropped. Called at the end of a run, under the run lock. */
  keep(loaded: Loaded, stages: readonly Stage[], counts: RunCounts): void;
}

/** Starts to record which paths are read. Undefined where no verdict can follow from the run. */
export function startVerdict(flags: object): PendingVerdict | undefined {
  const excluding = ['dry', 'force', 'json', 'verbose', 'profile', 'breakLock'];
  if (build === undefined || excluding.some((flag) => flag in flags)) return undefined;
  const started = now();
  const witness = listen();
  return {
    drop: () => void witness.end(),
    keep(loaded, stages, counts) {
      const seen = witness.end();
      if (!seen || counts.fresh !== stages.length || !loaded.dialect.hasFastAnswer || !stages.every(isSteady))
        return;
      if (![...seen.values()].every((what) => isSettled(what, started))) return;
      const file = join(loaded.project.root, VERDICT_FILE);
      const circumstances = { build, args: process.argv.slice(2), cwd: process.cwd() };
      try {
        const text = formatVerdict({ stages: stages.length, seen }, circumstances);
        replaceFile(file, text, { temporary: `${file}.new` });
      } catch {
        // Without a verdict the next run takes a little longer.
      }
    },
  };
}

/** Makes the next run read everything again. @param root absolute folder of the project. */
export function dropVerdict(root: string): void {
  rmSync(join(root, VERDICT_FILE), { force: true });
}

/** Whether only files decide about the stage, not the machine and not `always_changed` or `frozen`. */
function isSteady({ frozen, alwaysChanged, resources, cmd, deps }: Stage): boolean {
  if (cmd !== null && deps.some(({ at }) => isUrl(at))) return false;
  const { cpus = 0, memory = 0, gpus = 0 } = resources;
  return !frozen && !alwaysChanged && cpus <= 1 && memory === 0 && gpus === 0;
}
