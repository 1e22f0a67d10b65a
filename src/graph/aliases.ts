// Refuses outputs with different names that can be one file on disk: names that differ only in case or Unicode form, which
// many file systems treat as one, and paths that lead to one place through a symlink.
import { realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PipeError, type Problem } from '../base/problem.ts';
import type { Project } from '../pipeline/project.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import { lstatSync } from '../disk/witnessed-fs.ts';
import { indexPaths } from './path-index.ts';

interface Named {
  readonly stage: Stage;
  readonly out: Out;
  /** Equal for all paths that can be the same file. */
  readonly alias: string;
}

/** Called with outputs whose declared paths do not overlap. @throws PipeError naming every pair. */
export function refuseAliases({ root, stages }: Pick<Project, 'root' | 'stages'>): void {
  const real = realPaths(root);
  const problems = [
    ...clashes(stages, fold, 'differ in upper and lower case or in Unicode form only'),
    ...clashes(stages, real, 'are one place on disk: a symlink leads from one to the other'),
  ];
  if (problems.length > 0) throw new PipeError(problems);
}

function clashes(stages: readonly Stage[], aliasOf: (path: string) => string, why: string): Problem[] {
  if (stages.every(({ outs }) => outs.every(({ at }) => aliasOf(at) === at))) return [];
  const named = stages.flatMap((stage) =>
    stage.outs.map((out): Named => ({ stage, out, alias: aliasOf(out.at) })),
  );
  const index = indexPaths(named.map((entry) => [entry.alias, entry]));
  return named.flatMap((entry) => {
    const equal = index.equal(entry.alias);
    const other = equal === entry ? index.around(entry.alias)[0] : equal;
    return other ? [clash(other, entry, why)] : [];
  });
}

function clash(first: Named, second: Named, why: string): Problem {
  return {
    code: 'overlapping-outs',
    title: `the outputs '${first.out.at}' and '${second.out.at}' ${why}`,
    facts: [first, second].map(({ stage, out }) => [out.at, stage.address] as const),
    hint: 'give one of them another name',
    place: second.stage.place,
  };
}

const fold = (path: string): string =>
  isPlain(path) ? path : path.normalize('NFC').toUpperCase().toLowerCase();

/** Most paths need no folding. */
const isPlain = (path: string): boolean => /^[a-z0-9_./-]*$/.test(path);

/** The place of a path with every symlink on the way to it followed; the last component stays as it is. */
function realPaths(root: string): (path: string) => string {
  const known = new Map<string, string>([['.', '.']]);
  const realFolder = (folder: string): string => {
    let real = known.get(folder);
    if (real === undefined) {
      const absolute = join(root, folder);
      real = lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink()
        ? realTarget(absolute, root)
        : inFolder(folder, realFolder);
      known.set(folder, real);
    }
    return real;
  };
  return (path) => (path === '.' || path.startsWith('/') ? path : inFolder(path, realFolder));
}

function inFolder(path: string, realFolder: (folder: string) => string): string {
  const end = path.lastIndexOf('/');
  if (end === -1) return path;
  return join(realFolder(path.slice(0, end)), path.slice(end + 1));
}

function realTarget(path: string, root: string): string {
  try {
    return relative(realpathSync(root), realpathSync(path)) || '.';
  } catch {
    return relative(root, path); // it is dangling
  }
}
