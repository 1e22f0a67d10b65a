// Where damaged objects are kept, out of the way of every reader.
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import { errno } from '../base/problem.ts';
import { makeRealFolder, refuseLink } from '../disk/real-folder.ts';

export interface Quarantine {
  /** Absolute folder: in the cache, in a DVC repository in a folder of ours. */
  readonly quarantine: string;
  /** Absolute cache folder. */
  readonly dir: string;
  /** A group shares the cache: any of its members may have to set an object aside. */
  readonly shared?: boolean;
}

/** @param path absolute, of whatever has the name of an object. @throws Error of the system, also where there is nothing. */
export function moveToQuarantine(
  path: string,
  digest: Digest,
  { quarantine, dir, shared }: Quarantine,
): void {
  refuseLink(quarantine);
  if (quarantine.startsWith(`${dir}/`)) makeRealFolder(dir, quarantine, shared);
  else mkdirSync(quarantine, { recursive: true });
  const to = join(quarantine, digest);
  rmSync(to, { recursive: true, force: true });
  try {
    renameSync(path, to);
  } catch (error) {
    // The cache of a DVC repository can be on another file system.
    if (errno(error) !== 'EXDEV') throw error;
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
    rmSync(path, { recursive: true, force: true });
  }
}
