// `pipe watch`: runs the stages that a change makes stale, until it is stopped.
import { realpathSync } from 'node:fs';
import { PipeError } from '../base/problem.ts';
import { absolutePath, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { watchFiles } from '../run/watch/changed-files.ts';
import { sourcesOf, type Sources } from '../run/watch/source-files.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { reportError } from './report-error.ts';
import { runOnce, type RunFlags } from '../session/run-once.ts';
import { select } from '../session/select-stages.ts';
import { EXIT_CODES, listenForSignals } from '../session/stop-signals.ts';

const ROOT = '.' as WorkspacePath;
const SHOWN = 5;

interface Watched extends Sources {
  readonly root: string;
}

/** @returns the exit code: that of the signal which ended it. @throws PipeError when the pipeline cannot be read at the start. */
export async function watchCommand(targets: readonly string[], flags: RunFlags): Promise<number> {
  let watched = await watchedNow(targets, flags);
  const absolute = (): string[] => watched.paths.map((path) => absolutePath(watched.root, path));
  const changes = await watchFiles(absolute(), (path) =>
    watched.counts(
      workspacePath(watched.root, ROOT, path),
      workspacePath(watched.root, ROOT, realPath(path)),
    ),
  );
  // For the whole watch, so that no signal comes between two listeners.
  const signalled = Promise.withResolvers<number>();
  const ignoreSignals = listenForSignals((signal) => signalled.resolve(EXIT_CODES[signal]));
  try {
    for (;;) {
      const code = await reported(() => runOnce(targets, flags));
      if (Object.values(EXIT_CODES).includes(code)) return code;
      console.log(`\nWaiting for changes in ${namesOf(watched.paths)}. Ctrl-C ends.`);
      const next = await Promise.race([changes.next(), signalled.promise]);
      if (typeof next === 'number') return next;
      console.log(`Changed: ${namesOf(next.map((path) => workspacePath(watched.root, ROOT, path)))}\n`);
      // Before the run: what changes after it has read a file is seen.
      watched = await watchedNow(targets, flags).catch((error: unknown) => {
        // A pipeline file that cannot be read keeps the earlier list; the run says why. Correcting the file starts the next one.
        if (error instanceof PipeError) return watched;
        throw error;
      });
      await changes.watch(absolute());
    }
  } finally {
    ignoreSignals();
    await changes.close();
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it was removed
  }
}

async function watchedNow(targets: readonly string[], flags: RunFlags): Promise<Watched> {
  const { loaded, stages } = await select(targets, flags);
  return { root: loaded.project.root, ...sourcesOf(loaded.project, stages) };
}

/** Expected failures are printed and the watch goes on. */
async function reported(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    return reportError(error);
  }
}

function namesOf(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN + 1} more` : '';
  const shown = paths.slice(0, more ? SHOWN - 1 : SHOWN).map(spelledOut);
  return shown.join(', ') + more;
}
