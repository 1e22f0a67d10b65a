// The fast answer to `pipe completion names`: names that an earlier question left, as long as nothing that they were read
// from changed. A program of its own in dist/, so that the fast answer to `pipe repro` stays as small as it is.
import { stillHolds } from './verdict.ts';

declare const PIPE_BUILD: string;

/** Where names are kept, from the root: in a project of our own, in a DVC repository. */
export const NAMES_FILES = ['cache/state/names', '.dvc/tmp/pipe/state/names'] as const;

const fs = process.getBuiltinModule('node:fs');

/** Prints the names. @returns false where the project has to be loaded; nothing was printed then. */
export function answer(): boolean {
  const kind = process.argv[4];
  if (kind !== 'targets' && kind !== 'remotes') return false;
  try {
    for (let folder = process.cwd(); ; folder = folder.slice(0, folder.lastIndexOf('/'))) {
      const file = NAMES_FILES.map((name) => `${folder}/${name}`).find((path) => fs.existsSync(path));
      if (file !== undefined) {
        const text = fs.readFileSync(file, 'utf8');
        const end = text.indexOf('\n');
        const circumstances = { build: PIPE_BUILD, args: [], cwd: folder };
        if (stillHolds(text.slice(end + 1), circumstances, fs) === undefined) return false;
        const names = (JSON.parse(text.slice(0, end)) as Record<string, readonly string[]>)[kind]!;
        fs.writeSync(1, names.map((name) => `${name}\n`).join(''));
        return true;
      }
      if (folder === '') return false;
    }
  } catch {
    return false;
  }
}
