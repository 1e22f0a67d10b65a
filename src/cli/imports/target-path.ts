// Where what comes from outside is put: the path that a user names, or the name that it has there.
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { isInside, isUrl, type WorkspacePath } from '../../base/workspace-path.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';

/**
 * @param from the URL or path; @param to as given: a path, or a folder: one that exists, or ends with a slash. @param force replace what is there.
 * @returns absolute. @throws PipeError where something is there, or no name can be found.
 */
export function targetPath(from: string, to: string | undefined, force: boolean): string {
  const name = nameOf(from);
  const isFolder =
    to !== undefined && (to.endsWith('/') || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true);
  if ((to === undefined || isFolder) && (name === '' || name === '.' || name === '..'))
    throw new PipeError({
      code: 'import-refused',
      title: `'${withoutSecrets(from)}' has no name for what comes from there`,
      hint: 'give a path after it',
    });
  const path = resolve(to === undefined ? name : isFolder ? join(to, name) : to);
  if (!force && existsSync(path))
    throw new PipeError({
      code: 'import-exists',
      title: `'${relative(process.cwd(), path)}' exists already`,
      hint: 'give --force to replace it (it is saved before), or another path',
    });
  return path;
}

/** The last part of the path, without the query of a URL. */
function nameOf(from: string): string {
  const path = isUrl(from) ? from.replace(/^[^:]*:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '') : from;
  return basename(path.replace(/\/+$/, ''));
}

/** @param path absolute. @returns it relative to the project. @throws PipeError where it is outside, also by way of a link. */
export function pathInProject(root: string, path: string): WorkspacePath {
  const inside = relative(root, path);
  const refuse = (why: string): PipeError =>
    new PipeError({
      code: 'import-refused',
      title: `'${relative(process.cwd(), path)}' ${why}`,
      hint: 'give a path inside of the project; `pipe get` downloads to any place',
    });
  if (inside === '' || inside === '..' || inside.startsWith('../'))
    throw refuse('is not inside of the project');
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  if (!isInside(realpathSync(folder), realpathSync(root))) throw refuse('leads out of the project by a link');
  mkdirSync(dirname(path), { recursive: true });
  return inside as WorkspacePath;
}
