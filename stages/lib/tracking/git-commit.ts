// The checked-out commit, read from git's files: git itself may not be installed.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** @returns the commit's id, or undefined outside of a repository. */
export function gitCommit(folder = '.'): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = join(at, '.git');
    if (existsSync(git)) return commitOf(statSync(git).isFile() ? linked(git) : git);
    if (at === dirname(at)) return undefined;
  }
}

/** A work tree beside the repository has a file in place of the folder. */
function linked(git: string): string {
  const target = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1] ?? '';
  return resolve(dirname(git), target);
}

function commitOf(git: string): string | undefined {
  const head = read(join(git, 'HEAD'));
  const reference = /^ref: (.+)$/.exec(head ?? '')?.[1];
  if (reference === undefined) return head;
  // Branches of a linked work tree are the repository's.
  const common = resolve(git, read(join(git, 'commondir')) ?? '.');
  const packed = read(join(common, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${reference}`));
  return read(join(common, reference)) ?? packed?.split(' ')[0];
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
