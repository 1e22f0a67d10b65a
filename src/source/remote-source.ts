// A file, or all files below a name, in a store of objects or on another machine: what a remote reads.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { bodyToFile, counted } from '../cache/remote/body.ts';
import { inParallel } from '../base/in-parallel.ts';
import type { Listed, Remote } from '../cache/remote/remote.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import type { Content, Digest } from '../hash/digest.ts';
import { compareBytes, whyBadPath } from '../hash/entry-names.ts';
import type { DataSource, DownloadOptions, FileEntry, TakeFile, VisitOptions } from './data-source.ts';
import { onOneVersion } from './one-version.ts';
import { sourceChanging, sourceUnsupported } from './source-problem.ts';

const JOBS = 8;
const UNKNOWN = 'this kind of remote does not say which version of a file it has';

export interface RemoteSourceOptions {
  /** Opened for one question, or one download. */
  readonly open: (onRetry?: (reason: string) => void) => Promise<Remote>;
  /** Of the file or folder, in the remote. */
  readonly key: string;
  /** As it was given, without credentials. */
  readonly shown: string;
  readonly rules: ContentRules;
  /** What a failure is called, where no remote has a name of its own. */
  readonly explain?: (error: unknown) => unknown;
}

/** What is there: one file, or the files of a folder with names relative to it. */
interface Found {
  readonly content: Content;
  readonly files: readonly Listed[];
  readonly isFolder: boolean;
}

export function openRemoteSource({
  open,
  key,
  shown,
  rules,
  explain = (error) => error,
}: RemoteSourceOptions): DataSource {
  const below = key === '' ? '' : `${key}/`;

  async function asking<T>(
    work: (remote: Remote) => Promise<T>,
    onRetry?: (reason: string) => void,
  ): Promise<T> {
    let remote: Remote | undefined;
    try {
      remote = await open(onRetry);
      return await work(remote);
    } catch (error) {
      throw explain(error);
    } finally {
      await remote?.close();
    }
  }

  async function find(remote: Remote): Promise<Found | undefined> {
    if (!remote.version) throw sourceUnsupported(shown, UNKNOWN, 'mount it, and give the path');
    // Of all that the remote has, no name is that of a file: for a bucket itself a server would answer with a list.
    const version = key === '' ? undefined : await remote.version(key);
    if (version) {
      const { size, etag, time = 0 } = version;
      const file: Listed = { key: '', size, time, ...(etag !== undefined && { etag }) };
      const content: Content =
        etag === undefined
          ? await withoutEtag(remote, key, file, rules)
          : { digest: etag as Digest, size, checksum: 'etag' };
      return { content, files: [file], isFolder: false };
    }
    const files: Listed[] = [];
    for await (const page of remote.list?.(key) ?? [])
      for (const file of page) {
        const name = file.key.slice(below.length);
        // The marker of an empty folder.
        if (name !== '' && !name.endsWith('/')) files.push({ ...file, key: name });
      }
    if (files.length === 0) return undefined;
    files.sort((a, b) => compareBytes(a.key, b.key));
    return { content: await contentOfFolder(remote, files), files, isFolder: true };
  }

  /** The digest of the list of versions, as DVC makes it. */
  async function contentOfFolder(remote: Remote, files: readonly Listed[]): Promise<Content> {
    const entries: string[] = [];
    for (const file of files) {
      const why = whyBadPath(file.key);
      if (why !== undefined) throw badName(shown, file.key, why);
      const { digest, checksum } =
        file.etag === undefined
          ? await withoutEtag(remote, below + file.key, file, rules)
          : { digest: file.etag, checksum: 'etag' as const };
      entries.push(
        `{"${checksum ?? rules.algorithm}": ${pythonString(digest)}, "relpath": ${pythonString(file.key)}}`,
      );
    }
    const digest = createHash(rules.algorithm)
      .update(`[${entries.join(', ')}]`)
      .digest('hex');
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return { digest: `${digest}.dir` as Digest, size, nfiles: files.length };
  }

  /** @param onBytes called with each more, and with what has to come again as a negative number. */
  async function bringFile(
    remote: Remote,
    { isFolder }: Found,
    file: Listed,
    target: string,
    onBytes: (more: number) => void,
  ): Promise<void> {
    let own = 0;
    const came = await remote.read(isFolder ? below + file.key : key, (body) => {
      onBytes(-own);
      own = 0;
      const count = (more: number): void => {
        own += more;
        onBytes(more);
      };
      return bodyToFile(counted(body, count), target, Infinity);
    });
    if (came === undefined) throw sourceChanging(shown);
  }

  async function bring(remote: Remote, found: Found, path: string, options: DownloadOptions): Promise<void> {
    let bytes = 0;
    rmSync(path, { recursive: true, force: true });
    await inParallel(found.files, options.jobs ?? JOBS, async (file) => {
      const target = found.isFolder ? join(path, file.key) : path;
      mkdirSync(dirname(target), { recursive: true });
      await bringFile(remote, found, file, target, (more) => options.onProgress?.((bytes += more)));
    });
  }

  async function handOver(
    remote: Remote,
    found: Found,
    folder: string,
    take: TakeFile,
    jobs: number,
  ): Promise<readonly FileEntry[]> {
    const entries: FileEntry[] = [];
    await inParallel([...found.files.entries()], jobs, async ([index, file]) => {
      const path = join(folder, String(index));
      await bringFile(remote, found, file, path, () => undefined);
      entries[index] = { kind: 'file', path: file.key, ...(await take(path, true)) };
      rmSync(path);
    });
    return entries;
  }

  return {
    url: shown,
    look: () => asking(async (remote) => (await find(remote))?.content),
    download: (path, options) =>
      asking(async (remote) => {
        const work = (found: Found): Promise<void> => bring(remote, found, path, options);
        return (await onOneVersion(shown, () => find(remote), work)).version.content;
      }, options.onRetry),
    visit: (folder, take, { jobs = JOBS, onRetry }: VisitOptions) =>
      asking(async (remote) => {
        const work = (found: Found): Promise<readonly FileEntry[]> =>
          handOver(remote, found, folder, take, jobs);
        const { version, result } = await onOneVersion(shown, () => find(remote), work);
        return { version: version.content, isFolder: version.isFolder, entries: result };
      }, onRetry),
  };
}

/** DVC reads such a file to know its version; here the time of the last change is enough, as for every other file. */
async function withoutEtag(remote: Remote, key: string, file: Listed, rules: ContentRules): Promise<Content> {
  const { size, time } = file;
  if (rules.algorithm !== 'md5') return { digest: `${time}-${size}` as Digest, size, checksum: 'checksum' };
  const digest = await remote.read(key, async (body) => {
    const hash = createHash('md5');
    for await (const chunk of body) hash.update(chunk);
    return hash.digest('hex');
  });
  return { digest: (digest ?? '') as Digest, size };
}

const pythonString = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const badName = (shown: string, name: string, why: string): PipeError =>
  new PipeError({
    code: 'source-refused',
    title: `'${shown}' has a file with the name ${JSON.stringify(name)}: ${why}`,
    hint: 'nothing was written; import other parts of it',
  });
