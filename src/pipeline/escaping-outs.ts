// Finds outputs with a path inside of the project that would be written outside of it, through a symlink.
import { join } from 'node:path';
import { isInside, parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import type { Stage } from './stage.ts';
import { lstatSync, realpathSync } from '../disk/witnessed-fs.ts';

/** One problem per output whose folder is, in the current workspace, behind a symlink that leads out of the project. */
export function escapingOuts(root: string, stages: readonly Stage[]): Problem[] {
  const leaves = escapeTest(root);
  return stages.flatMap((stage) =>
    stage.outs.flatMap((out): Problem[] => {
      const link = out.at.startsWith('/') ? undefined : leaves(parentFolder(out.at));
      if (link === undefined) return [];
      return [
        {
          code: 'bad-path',
          title: `the output '${out.path}' would be written outside of the project: '${link}' is a symlink that leads out of it`,
          hint: 'make it a folder of the project, or declare another output',
          place: stage.place,
        },
      ];
    }),
  );
}

/** @returns a function that gives the symlink, the folder or one above it, that leads out of the root. Checks each once. */
function escapeTest(root: string): (folder: WorkspacePath) => string | undefined {
  const known = new Map<string, string | undefined>([['.', undefined]]);
  const test = (folder: WorkspacePath): string | undefined => {
    if (known.has(folder)) return known.get(folder);
    const link = test(parentFolder(folder)) ?? (leadsOut(root, folder) ? folder : undefined);
    known.set(folder, link);
    return link;
  };
  return test;
}

function leadsOut(root: string, folder: WorkspacePath): boolean {
  const path = join(root, folder);
  try {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
    return !isInside(realpathSync(path), realpathSync(root));
  } catch {
    // The target does not exist or cannot be read: nothing can be written through the link.
    return false;
  }
}
