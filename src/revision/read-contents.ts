// Reads files of a revision: from git or the workspace, else from the cache, by what the lock file records. Every byte of the cache is
// hashed.
import { posix } from 'node:path';
import type { ObjectStore } from '../cache/object-store.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { isDirectory, type Content } from '../hash/digest.ts';
import type { RecordedOutput, Revision } from './project-at.ts';

/** An object store, or one that is opened when something is read from it. */
export interface ContentsStore {
  read(content: Content): Awaitable<ReturnType<ObjectStore['read']>>;
  entries(content: Content): Awaitable<ReturnType<ObjectStore['entries']>>;
}

type Awaitable<T> = T | Promise<T>;

/** Why there are no bytes. */
export type Absence =
  /** Neither git, the workspace nor a record has it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'folder' }
  /** It is recorded, and the cache lacks it. */
  | { readonly kind: 'not-in-cache'; readonly output: RecordedOutput };

export const isAbsence = (read: Buffer | Absence): read is Absence => !Buffer.isBuffer(read);

/** @returns the bytes of a file, or why there are none. */
export async function readAt(
  revision: Revision,
  at: WorkspacePath,
  store: ContentsStore,
): Promise<Buffer | Absence> {
  const own = await revision.bytes(at);
  if (own) return own;
  if (revision.kind(at) === 'directory') return { kind: 'folder' };
  const output = revision.output(at);
  if (!output) return { kind: 'absent' };
  const content = await contentWithin(output, at, store);
  if (content === 'not-in-cache') return { kind: content, output };
  if (content === 'folder' || content === 'absent') return { kind: content };
  return (await store.read(content)) ?? { kind: 'not-in-cache', output };
}

/**
 * The files in a folder, at any depth, sorted; the path itself where it is a file, or where nothing is known of it.
 * @returns undefined where a folder is recorded that the cache lacks.
 */
export async function filesAt(
  revision: Revision,
  at: WorkspacePath,
  store: ContentsStore,
): Promise<readonly WorkspacePath[] | undefined> {
  // What is recorded of it does not matter: lock files are read only where they are needed.
  if (revision.kind(at) === 'file') return [at];
  const files = new Set<WorkspacePath>(await filesBelow(revision, at));
  const output = revision.output(at);
  if (output && isDirectory(output.content.digest)) {
    const entries = await store.entries(output.content);
    if (!entries) return files.size > 0 ? [...files].sort() : undefined;
    const inner = posix.relative(output.out.at, at);
    for (const { path, kind } of entries)
      if (kind === 'file' && (inner === '' || path === inner || path.startsWith(`${inner}/`)))
        files.add(`${output.out.at}/${path}` as WorkspacePath);
  }
  return files.size > 0 || revision.kind(at) === 'directory' ? [...files].sort() : [at];
}

async function filesBelow(revision: Revision, at: WorkspacePath): Promise<WorkspacePath[]> {
  const kind = revision.kind(at);
  if (kind !== 'directory') return kind === 'file' ? [at] : [];
  const found: WorkspacePath[] = [];
  for (const name of await revision.names(at))
    for (const file of await filesBelow(revision, (at === '.' ? name : `${at}/${name}`) as WorkspacePath))
      found.push(file);
  return found;
}

/** The content of a file in a recorded output. */
export async function contentWithin(
  { out, content }: RecordedOutput,
  at: WorkspacePath,
  store: ContentsStore,
): Promise<Content | Absence['kind']> {
  if (at === out.at) return isDirectory(content.digest) ? 'folder' : content;
  if (!isDirectory(content.digest)) return 'absent';
  const entries = await store.entries(content);
  if (!entries) return 'not-in-cache';
  const inner = posix.relative(out.at, at);
  const entry = entries.find(({ path }) => path === inner);
  if (entry?.kind === 'file')
    return {
      digest: entry.digest,
      size: entry.size ?? 0,
      ...(content.legacy && { legacy: true as const }),
    };
  const isFolder = entry !== undefined || entries.some(({ path }) => path.startsWith(`${inner}/`));
  return isFolder ? 'folder' : 'absent';
}
