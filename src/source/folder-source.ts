// A file or folder of this machine, outside of the project or in another place of it.
import { chmodSync, constants, copyFileSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { giveTurn } from '../base/event-loop-turn.ts';
import type { Content } from '../hash/digest.ts';
import { isDirectory } from '../hash/digest.ts';
import type { Hasher } from '../hash/hasher.ts';
import { systemError } from '../disk/system-problem.ts';
import { inParallel } from '../base/in-parallel.ts';
import type { TreeEntry } from '../hash/tree.ts';
import type { DataSource, DownloadOptions, TakeFile } from './data-source.ts';
import { onOneVersion, type Version } from './one-version.ts';

const JOBS = 8;

/** @param path absolute; @param shown as it was given. */
export function openFolderSource(path: string, shown: string, hasher: Hasher): DataSource {
  const look = async (): Promise<Content | undefined> => {
    const content = await hasher.look(path);
    // What was read is remembered for the next command.
    hasher.close();
    return content;
  };
  const find = async (): Promise<Version | undefined> => {
    const content = await look();
    return content && { content };
  };
  return {
    url: shown,
    look,
    async download(target, options) {
      const done = await onOneVersion(shown, find, async ({ content }) => {
        try {
          rmSync(target, { recursive: true, force: true });
          await copy(path, content, target, hasher, options);
        } catch (error) {
          throw systemError(error, { doing: `copy '${shown}'`, path: target });
        }
      });
      return done.version.content;
    },
    async visit(_folder, take, { jobs = JOBS }) {
      const { version, result } = await onOneVersion(shown, find, ({ content }) =>
        isDirectory(content.digest) ? takeFolder(path, content, take, hasher, jobs) : takeFile(path, take),
      );
      const { content } = version;
      const isFolder = isDirectory(content.digest);
      const [file] = result;
      return {
        version: content,
        isFolder,
        entries: !isFolder && content.isexec && file?.kind === 'file' ? [{ ...file, isexec: true }] : result,
      };
    },
  };
}

const takeFile = async (path: string, take: TakeFile): Promise<readonly TreeEntry[]> => [
  { kind: 'file', path: '', ...(await take(path, false)) },
];

/** The files are handed over where they are. */
async function takeFolder(
  path: string,
  content: Content,
  take: TakeFile,
  hasher: Hasher,
  jobs: number,
): Promise<readonly TreeEntry[]> {
  const entries = [...(await hasher.tree(path, content)).entries];
  await inParallel([...entries.entries()], jobs, async ([index, entry]) => {
    if (entry.kind === 'file') entries[index] = { ...entry, ...(await take(join(path, entry.path), false)) };
  });
  return entries;
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
