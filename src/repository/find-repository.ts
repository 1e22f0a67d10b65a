// Where another repository is: a folder of this machine, which is read in place, or a URL of git, of which a clone is kept.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipeError } from '../base/problem.ts';
import { hasShortLogin, withoutGitSecrets } from '../base/git-url-secrets.ts';
import { ENCODE_PASSWORD, isMisread } from '../base/url-secrets.ts';

export type RepositoryPlace =
  | {
      readonly kind: 'folder';
      /** Absolute, as it was named. */
      readonly folder: string;
      /** Absolute top of its work tree, or the bare repository; undefined outside of git. */
      readonly git: string | undefined;
      /** There is no work tree, so commits only. */
      readonly isBare: boolean;
    }
  | { readonly kind: 'url'; readonly url: string };

/** @param bases absolute folders that a path can be relative to, in this order. @throws PipeError for what cannot be a URL of git. */
export function findRepository(url: string, bases: readonly string[]): RepositoryPlace {
  if (url === '' || url.startsWith('-')) throw notARepository(url);
  const paths = /^file:\/\//i.test(url) ? [fileURLToPath(url)] : bases.map((base) => resolve(base, url));
  const folder = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  if (folder !== undefined) {
    const git = gitAround(folder);
    return { kind: 'folder', folder, git, isBare: git !== undefined && !existsSync(join(git, '.git')) };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) && !/^file:/i.test(url)) {
    if (isMisread(url)) throw misplacedPassword(url, ENCODE_PASSWORD);
    if (!/^(?:https?|ssh|git|git\+ssh):/i.test(url)) throw notARepository(url, FOR_DATA);
    return { kind: 'url', url };
  }
  if (hasShortLogin(url)) throw misplacedPassword(url, FOR_SSH);
  // The short form of ssh: a colon before the first slash. Two of them call a program of git for a protocol of its own.
  if (/^(?:[^@/:\s]+@)?[^@/:\s]+:(?!:|\/\/)[^\s]+$/.test(url) && !url.startsWith('.'))
    return { kind: 'url', url };
  throw notARepository(url);
}

function gitAround(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git')) || isBare(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}

const isBare = (folder: string): boolean =>
  existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects')) && existsSync(join(folder, 'refs'));

const FOR_DATA = 'data comes from there by `pipe import-url URL [PATH]`, or by `pipe get URL -o PATH`';
const FOR_SSH =
  'ssh takes no password from a URL: write `user@host:path`, or `ssh://host/~/path` where the path has an `@`';
const FOR_GIT = 'give a path, or a URL such as https://example.com/data.git or git@example.com:data.git';

const misplacedPassword = (url: string, hint: string): PipeError =>
  new PipeError({
    code: 'repository-unreachable',
    title: `git would misread the URL of '${withoutGitSecrets(url)}', which has a password in it`,
    hint,
  });

function notARepository(url: string, hint = FOR_GIT): PipeError {
  return new PipeError({
    code: 'repository-unreachable',
    title: `'${withoutGitSecrets(url)}' is no repository: neither a folder that exists nor a URL of git`,
    hint,
  });
}
