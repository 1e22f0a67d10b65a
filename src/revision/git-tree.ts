// The files of git commits as trees that loading reads. What is not here yet is noted when a reader misses it, and is here after the
// next `fetch`: then the reader begins again.
import type { TreeEntry, TreeFile, TreeFolder } from '../disk/mounted-tree.ts';
import type { GitObjects } from './git-objects.ts';

type Missed = (missed: GitFile | GitFolder) => void;

/** Shared by all revisions that one command reads: an object is read once. */
export class GitTrees {
  readonly #objects: GitObjects;
  readonly #folders = new Map<string, GitFolder>();
  readonly #files = new Map<string, GitFile>();
  readonly #wanted = new Set<GitFile | GitFolder>();
  readonly #missed: Missed = (missed) => void this.#wanted.add(missed);

  constructor(objects: GitObjects) {
    this.#objects = objects;
  }

  /** @param id of a tree. */
  folder(id: string): GitFolder {
    return remembered(this.#folders, id, () => new GitFolder(id, this.#missed));
  }

  /** Brings a folder and all folders in it. @throws PipeError where git fails. */
  async open(folder: TreeEntry | undefined): Promise<void> {
    if (!(folder instanceof GitFolder)) return;
    await this.#fetchFolder(folder);
    await Promise.all([...folder.entries.values()].map((entry) => this.open(entry)));
  }

  /** Brings what readers missed, and these entries. @returns whether anything came. */
  async fetch(entries: Iterable<TreeEntry> = []): Promise<boolean> {
    for (const entry of entries)
      if (entry instanceof GitFile || entry instanceof GitFolder) if (!entry.isHere) this.#wanted.add(entry);
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    await Promise.all(
      wanted.map((missed) =>
        missed instanceof GitFile ? this.#fetchFile(missed) : this.#fetchFolder(missed),
      ),
    );
    return wanted.length > 0;
  }

  async #fetchFile(file: GitFile): Promise<void> {
    file.bytes = (await this.#objects.get(file.id))?.bytes ?? null;
  }

  async #fetchFolder(folder: GitFolder): Promise<void> {
    if (folder.isHere) return;
    const object = await this.#objects.get(folder.id);
    const found = object ? parseTree(object.bytes, folder.id.length / 2) : [];
    folder.fill(found.map(({ name, mode, id }) => [name, this.#entry(mode, id)] as const));
  }

  #entry(mode: string, id: string): TreeEntry {
    if (mode === FOLDER) return this.folder(id);
    // The files of a submodule are in another repository.
    if (mode === SUBMODULE) return { kind: 'directory', entries: new Map() };
    const file = remembered(this.#files, id, () => new GitFile(id, this.#missed));
    return mode === LINK ? { kind: 'symlink', target: () => file.read()?.toString('utf8') } : file;
  }
}

export class GitFile implements TreeFile {
  readonly kind = 'file';
  /** Of the blob. */
  readonly id: string;
  /** Undefined until they are fetched; null where git does not have them. */
  bytes: Buffer | null | undefined;
  readonly #missed: Missed;

  constructor(id: string, missed: Missed) {
    this.id = id;
    this.#missed = missed;
  }

  get isHere(): boolean {
    return this.bytes !== undefined;
  }

  read(): Buffer | undefined {
    if (this.bytes === undefined) this.#missed(this);
    return this.bytes ?? undefined;
  }
}

export class GitFolder implements TreeFolder {
  readonly kind = 'directory';
  /** Of the tree. */
  readonly id: string;
  #entries: ReadonlyMap<string, TreeEntry> | undefined;
  readonly #missed: Missed;

  constructor(id: string, missed: Missed) {
    this.id = id;
    this.#missed = missed;
  }

  get isHere(): boolean {
    return this.#entries !== undefined;
  }

  get entries(): ReadonlyMap<string, TreeEntry> {
    if (!this.#entries) this.#missed(this);
    return this.#entries ?? new Map<string, TreeEntry>();
  }

  fill(entries: Iterable<readonly [string, TreeEntry]>): void {
    this.#entries = new Map(entries);
  }
}

const FOLDER = '40000';
const SUBMODULE = '160000';
const LINK = '120000';

interface Entry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** @param idBytes 20, or 32 in a repository of sha256. */
function parseTree(bytes: Buffer, idBytes: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const next = end + 1 + idBytes;
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('utf8', space + 1, end),
      id: bytes.toString('hex', end + 1, next),
    });
    at = next;
  }
  return entries;
}

function remembered<T>(known: Map<string, T>, id: string, make: () => T): T {
  const before = known.get(id);
  if (before !== undefined) return before;
  const made = make();
  known.set(id, made);
  return made;
}
