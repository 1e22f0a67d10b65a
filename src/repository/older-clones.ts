// Clones of earlier versions, which have the URL as it was given, with the secrets in it.
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { discardFolder } from '../disk/discard.ts';
import { gitSays } from './git-command.ts';
import { loginIn } from './git-login.ts';

/** By their folder: each is looked through once. */
const done = new Set<string>();

/**
 * Takes the secrets out of them, and gives each the place that it has without, where there is no other.
 * @param clones absolute folder of all clones. @param placeOf the folder of the clone of a URL.
 */
export function cleanOlderClones(clones: string, placeOf: (url: string) => string): void {
  if (done.has(clones)) return;
  done.add(clones);
  for (const name of existsSync(clones) ? readdirSync(clones) : []) {
    const folder = join(clones, name);
    const url = writtenUrl(folder) ?? '';
    if (MAY_BE_REST.test(url) && isEmpty(folder)) {
      discardFolder(folder);
      continue;
    }
    const login = loginIn(url);
    if (!login) continue;
    const isSet = gitSays(folder, ['config', 'remote.origin.url', login.url]) !== undefined;
    const place = placeOf(login.url);
    if (place === folder) continue;
    if (!isSet || existsSync(place)) discardFolder(folder);
    else move(folder, place);
  }
}

/** Of `user:pa@ss/word@host` the part behind `user:pa@` was taken for a URL, by which nothing can have come. */
const MAY_BE_REST = /^https?:\/\/[^/?#@.]+\/[^?#]*@/i;

const isEmpty = (folder: string): boolean => gitSays(folder, ['for-each-ref', '--count=1']) === '';

function writtenUrl(folder: string): string | undefined {
  try {
    const line = /^\s*url = (.*)$/m.exec(readFileSync(join(folder, 'config'), 'utf8'))?.[1];
    // Git quotes what would begin a comment.
    return line?.startsWith('"') ? line.slice(1, -1) : line;
  } catch {
    return undefined;
  }
}

function move(folder: string, place: string): void {
  try {
    renameSync(folder, place);
  } catch {
    // Another process was quicker, or the folder belongs to another user: it has no secret any more.
  }
}
