// Opens the workspace for a command that starts no stages, and closes it however the command ends.
import type { Problem } from '../base/problem.ts';
import type { BesideRun } from '../run/beside-run.ts';
import { newRunId } from '../run/repro.ts';
import { ignoredText } from '../show/live/event-lines.ts';
import { wantsColour } from '../show/text/colour.ts';
import { warningText } from '../show/text/problem-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { notingUse } from './cache-projects.ts';
import { load, type Loaded, type OverlayFlags } from './load.ts';
import {
  openWorkspace,
  type OpenFlags,
  type OpenWorkspace,
  type WorkspaceListener,
} from './open-workspace.ts';
import { refuseLinkedFolders } from './refuse-links.ts';
import { endedBySignals } from './stop-signals.ts';
import { withRunLock, type HeldLock, type RunLockRequest } from './with-run-lock.ts';

/** For commands that change nothing. */
export async function withWorkspace<T>(
  loaded: Loaded,
  flags: OpenFlags,
  use: (workspace: OpenWorkspace) => Promise<T>,
  listener?: WorkspaceListener,
): Promise<T> {
  const workspace = openWorkspace(loaded, flags, listener);
  try {
    return await use(workspace);
  } finally {
    workspace.close();
  }
}

export interface HowOpened {
  /** In place of loading the project as it is. Called again where another run held the lock first. */
  readonly load?: () => Promise<Loaded>;
  readonly listener?: WorkspaceListener;
  /** Other projects that share the cache may not use it meanwhile. */
  readonly cacheAlone?: boolean;
}

/** For commands that change the workspace or the cache: holds the run lock meanwhile. */
export async function withLockedWorkspace<T>(
  flags: OverlayFlags,
  use: (workspace: OpenWorkspace, beside: BesideRun | undefined) => Promise<T>,
  how: HowOpened = {},
): Promise<T> {
  const loadNow = how.load ?? (() => load(flags));
  const loaded = await loadNow();
  refuseLinkedFolders(loaded);
  const work = async ({ waited, beside }: HeldLock): Promise<{ readonly result: T }> => {
    // The other run and its user may have changed everything meanwhile.
    const current = waited ? await loadNow() : loaded;
    const changed = (): Promise<T> =>
      withWorkspace(
        current,
        flags,
        (workspace) => notingUse(workspace, () => use(workspace, beside)),
        how.listener ?? WARNING,
      );
    // The command starts no DVC, so DVC's lock can be held throughout.
    return { result: await (beside ? beside.exclusive(changed) : changed()) };
  };
  const request: RunLockRequest = {
    run: newRunId(),
    wait: true,
    breakLock: false,
    startsNothing: true,
    ...(how.cacheAlone && { cacheAlone: true }),
    onWait: (owner) => writeLine(`waiting for ${spelledOut(owner)}`),
    stopped: () => false,
    onIgnored: (files) => writeLine(ignoredText(files)),
    warn: ({ title }: Problem) => writeLine(spelledOut(title)),
  };
  const done = await endedBySignals(() => withRunLock(loaded, request, work));
  if (!done) throw new Error('waiting for the run lock ended without it');
  return done.result;
}

/** Where nothing else is done with them. */
const WARNING: WorkspaceListener = {
  warn: (problem) => writeLine(warningText(problem, wantsColour(process.stderr))),
  hashed: () => undefined,
};

const writeLine = (text: string): void => void process.stderr.write(`${text}\n`);
