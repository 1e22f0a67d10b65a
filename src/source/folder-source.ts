// A file or folder of this machine, outside of the project or in another place of it.
import { chmodSync, constants, copyFileSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { giveTurn } from '../base/event-loop-turn.ts';
import type { Content } from '../hash/digest.ts';
import { isDirectory } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { systemError } from '../disk/system-problem.ts';
import type { DataSource, DownloadOptions } from './data-source.ts';
import { sourceChanging, sourceMissing } from './source-problem.ts';

const ATTEMPTS = 3;

/** @param path absolute; @param shown as it was given. */
export function openFolderSource(path: string, shown: string, hasher: Hasher): DataSource {
  const look = async (): Promise<Content | undefined> => {
    const content = await hasher.look(path);
    // What was read is remembered for the next command.
    hasher.close();
    return content;
  };
  return {
    url: shown,
    look,
    async download(target, options) {
      let before = await look();
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        if (!before) throw sourceMissing(shown);
        try {
          rmSync(target, { recursive: true, force: true });
          await copy(path, before, target, hasher, options);
        } catch (error) {
          throw systemError(error, { doing: `copy '${shown}'`, path: target });
        }
        const now = await look();
        if (now?.digest === before.digest) return now;
        before = now;
      }
      throw sourceChanging(shown);
    },
  };
}

async function copy(
  path: string,
  content: Content,
  target: string,
  hasher: Hasher,
  { modes, onProgress }: DownloadOptions,
): Promise<void> {
  let bytes = 0;
  const file = async (from: string, to: string, size: number): Promise<void> => {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    const isExecutable = modes && (statSync(from).mode & 0o100) !== 0;
    chmodSync(to, (isExecutable ? 0o777 : 0o666) & ~process.umask());
    bytes += size;
    onProgress?.(bytes);
    await giveTurn();
  };
  if (!isDirectory(content.digest)) return file(path, target, content.size);
  mkdirSync(target, { recursive: true });
  const { entries } = await hasher.tree(path, content);
  for (const entry of entries) {
    const to = join(target, entry.path);
    mkdirSync(entry.kind === 'directory' ? to : dirname(to), { recursive: true });
    if (entry.kind === 'file') await file(join(path, entry.path), to, entry.size);
    else if (entry.kind === 'symlink') symlinkSync(entry.target, to);
  }
}
