// `pipe cache saved` and `pipe cache restore`: what was saved before an output was replaced, listed and put back.
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { listSaved, restoreSaved } from '../cache/saved.ts';
import { absolutePath, type WorkspacePath } from '../base/workspace-path.ts';
import { PipeError } from '../base/problem.ts';
import { bytesText } from '../show/text/bytes-text.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { load } from '../session/load.ts';
import { withLockedWorkspace } from '../session/with-workspace.ts';
import { makePrinter, type OutputFlags } from './printer.ts';

/** The newest last. @returns the exit code. */
export async function savedCommand(flags: OutputFlags): Promise<number> {
  const { folders } = await load({});
  const saved = listSaved(folders.saved);
  const print = makePrinter(flags);
  print.json(saved.map(({ id, about }) => ({ id, path: about.at, ...about, at: undefined })));
  for (const { id, about } of saved)
    print.line(
      `${id}  ${about.time}  ${bytesText(about.size).padStart(10)}  ${spelledOut(about.at)}  replaced by ${spelledOut(about.stage)}`,
    );
  if (saved.length === 0) print.line('Nothing is saved.');
  return 0;
}

/** @param path where to put it; default its former path. @returns the exit code. */
export function restoreCommand(id: string, path: string | undefined, flags: OutputFlags): Promise<number> {
  return withLockedWorkspace({}, async ({ project, folders }) => {
    const saved = listSaved(folders.saved).find((candidate) => candidate.id === id);
    if (!saved) {
      throw new PipeError({
        code: 'not-saved',
        title: `no saved output has the id '${id}'`,
        hint: '`pipe cache saved` lists all',
      });
    }
    const to =
      path === undefined ? absolutePath(project.root, saved.about.at as WorkspacePath) : resolve(path);
    if (lstatSync(to, { throwIfNoEntry: false })) {
      throw new PipeError({
        code: 'restore-exists',
        title: `'${path ?? saved.about.at}' exists, and is not replaced`,
        hint: `give another path (\`pipe cache restore ${id} PATH\`), or move away what is there`,
      });
    }
    restoreSaved(saved, to);
    makePrinter(flags).line(`Put back: ${spelledOut(path ?? saved.about.at)}`);
    return 0;
  });
}
