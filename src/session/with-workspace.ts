// Opens the workspace for a command that starts no stages, and closes it however the command ends.
import type { Problem } from '../base/problem.ts';
import type { BesideRun } from '../run/beside-run.ts';
import { newRunId } from '../run/repro.ts';
import { ignoredText } from '../show/live/event-lines.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { load, type Loaded, type OverlayFlags } from './load.ts';
import { openWorkspace, type OpenWorkspace } from './open-workspace.ts';
import { refuseLinkedFolders } from './refuse-links.ts';
import { acquireRunLock } from './run-lock.ts';

/** For commands that change nothing. */
export async function withWorkspace<T>(
  loaded: Loaded,
  flags: OverlayFlags,
  use: (workspace: OpenWorkspace) => Promise<T>,
): Promise<T> {
  const workspace = openWorkspace(loaded, flags);
  try {
    return await use(workspace);
  } finally {
    workspace.close();
  }
}

/** For commands that change the workspace or the cache: holds the run lock meanwhile. */
export async function withLockedWorkspace<T>(
  flags: OverlayFlags,
  use: (workspace: OpenWorkspace, beside: BesideRun | undefined) => Promise<T>,
): Promise<T> {
  const loaded = await load(flags);
  refuseLinkedFolders(loaded);
  const waiting = {
    wait: true,
    onWait: (owner: string): void => void process.stderr.write(`waiting for ${spelledOut(owner)}\n`),
    stopped: () => false,
  };
  const warn = ({ title }: Problem): void => void process.stderr.write(`${spelledOut(title)}\n`);
  const lock = await acquireRunLock({
    folder: loaded.folders.state,
    run: newRunId(),
    breakLock: false,
    onTakeOver: warn,
    ...waiting,
  });
  if (!lock) throw new Error('waiting for the run lock ended without it');
  const beside = loaded.dialect.openBeside(loaded.project, {
    ...waiting,
    warn,
    onIgnored: (files) => void process.stderr.write(`${ignoredText(files)}\n`),
  });
  try {
    // The other run and its user may have changed everything meanwhile.
    const current = lock.waited ? await load(flags) : loaded;
    const work = (): Promise<T> => withWorkspace(current, flags, (workspace) => use(workspace, beside));
    // We start no DVC meanwhile, so its lock can be held throughout.
    return await (beside ? beside.exclusive(work) : work());
  } finally {
    beside?.close();
    lock.release();
  }
}
