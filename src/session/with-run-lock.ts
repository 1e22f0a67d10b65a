// Holds the run lock around a command that changes the workspace or the cache but starts no stages.
import type { Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import { openDvcSide } from '../dvc/beside-run.ts';
import { newRunId } from '../run/repro.ts';
import { acquireRunLock } from './run-lock.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { foldersOf } from './open-workspace.ts';
import { refuseLinkedFolders } from './refuse-links.ts';

/** @param body must load what it needs itself: everything may have changed while we waited for another run. */
export async function withRunLock<T>(project: Project, body: () => Promise<T>): Promise<T> {
  refuseLinkedFolders(project);
  const waiting = {
    wait: true,
    onWait: (owner: string): void => void process.stderr.write(`waiting for ${spelledOut(owner)}\n`),
    stopped: () => false,
  };
  const warn = ({ title }: Problem): void => void process.stderr.write(`${spelledOut(title)}\n`);
  const lock = await acquireRunLock({
    folder: foldersOf(project).state,
    run: newRunId(),
    breakLock: false,
    onTakeOver: warn,
    ...waiting,
  });
  if (!lock) throw new Error('waiting for the run lock ended without it');
  const dvc = openDvcSide(project, {
    ...waiting,
    warn,
  });
  try {
    // Nothing of ours starts DVC meanwhile, so its lock can be held throughout.
    return await (dvc ? dvc.exclusive(body) : body());
  } finally {
    dvc?.close();
    lock.release();
  }
}
