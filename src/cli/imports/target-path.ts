// Where what comes from outside is put: the path that a user names, or the name that it has there.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PipeError } from '../../base/problem.ts';
import { isInside, isUrl, type WorkspacePath } from '../../base/workspace-path.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';

export interface Target {
  /** A URL or a path. */
  readonly from: string;
  /** As given: a path, or a folder: one that exists, or ends with a slash. */
  readonly to: string | undefined;
  /** Replace what is there. */
  readonly force: boolean;
}

/** @returns absolute. @throws PipeError where something is there, or no name can be found. */
export function targetPath(target: Target): string {
  const path = pathFor(target);
  refuseExisting(path, target);
  return path;
}

/** @throws PipeError as `targetPath` does, and where it is outside of the project, also by way of a link. */
export function targetInProject(root: string, target: Target): WorkspacePath {
  const path = pathFor(target);
  const inside = pathInProject(root, path);
  refuseExisting(path, target);
  return inside;
}

function pathFor({ from, to }: Target): string {
  const name = nameOf(from);
  const isFolder =
    to !== undefined && (to.endsWith('/') || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true);
  if ((to === undefined || isFolder) && (name === '' || name === '.' || name === '..'))
    throw new PipeError({
      code: 'import-refused',
      title: `'${withoutSecrets(from)}' has no name for what comes from there`,
      hint: 'give a path after it',
    });
  return resolve(to === undefined ? name : isFolder ? join(to, name) : to);
}

function refuseExisting(path: string, { force }: Target): void {
  if (!force && existsSync(path))
    throw new PipeError({
      code: 'import-exists',
      title: `'${shown(path)}' exists already`,
      hint: 'give --force to replace it (it is saved before), or another path',
    });
}

/** The shorter of both ways to write it. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}

/** The last part of the path, without the query of a URL. */
function nameOf(from: string): string {
  const path = isUrl(from) ? from.replace(/^[^:]*:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '') : from;
  return basename(path.replace(/\/+$/, ''));
}

function pathInProject(root: string, path: string): WorkspacePath {
  const inside = relative(root, path);
  const refuse = (why: string): PipeError =>
    new PipeError({
      code: 'import-refused',
      title: `'${shown(path)}' ${why}`,
      hint: 'give a path inside of the project; `pipe get` downloads to any place',
    });
  if (inside === '' || inside === '..' || inside.startsWith('../'))
    throw refuse('is not inside of the project');
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  if (!isInside(realpathSync(folder), realpathSync(root))) throw refuse('leads out of the project by a link');
  return inside as WorkspacePath;
}
