// A folder in which stages of experiments run, one after the other. It has the base files all the time; what one stage needs more is
// placed before it runs, and everything but the base files is removed after it.
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { keyText } from '../../disk/stat-key.ts';
import { isWithin, type WorkspacePath } from '../../base/workspace-path.ts';
import type { ObjectStore } from '../../cache/object-store.ts';
import type { Hasher } from '../../hash/hasher.ts';
import type { BaseFiles } from './base-files.ts';
import { mirrored, type Mirror } from './mirror.ts';

/** The hasher and the store for the files of one folder. */
export interface FolderTools {
  readonly hasher: Hasher;
  /** What it stores may become the objects themselves. */
  readonly store: ObjectStore;
}

export interface WorkFolderOptions {
  readonly mirror: Mirror;
  /** No other folder has it. */
  readonly id: string;
  /** Absolute path at which nothing is. */
  readonly folder: string;
  readonly base: BaseFiles;
  /** @param root absolute root of the project in the folder. */
  readonly openTools: (root: string) => FolderTools;
}

export class WorkFolder {
  readonly id: string;
  /** Absolute root of the project in the folder. */
  readonly root: string;
  readonly tools: FolderTools;
  readonly #options: WorkFolderOptions;
  /** Stat keys of the base files. All paths are relative to the folder. */
  readonly #base = new Map<string, string>();
  /** Base files that are links into the cache, with what they lead to. */
  readonly #links = new Map<string, string>();
  /** Files that the engine placed for one stage. */
  readonly #placed = new Set<string>();
  readonly #folders = new Set<string>();

  constructor(options: WorkFolderOptions) {
    this.#options = options;
    this.id = options.id;
    this.root = mirrored(options.mirror, options.folder, '.' as WorkspacePath);
    mkdirSync(this.root, { recursive: true });
    for (const path of options.base.files) this.#placeBase(path);
    for (const path of options.base.environments) {
      this.#makeFolder(dirname(path));
      symlinkSync(join(options.mirror.top, path), join(options.folder, path));
      this.#base.set(path, this.#keyAt(path)!);
    }
    this.#addFolders(this.#inside(this.root));
    this.tools = options.openTools(this.root);
  }

  /** Absolute path in the folder. */
  at(at: WorkspacePath): string {
    return mirrored(this.#options.mirror, this.#options.folder, at);
  }

  /** The path has a base file, as it is in the workspace, or what was placed for the stage: dependencies can contain each other. */
  has(at: WorkspacePath): boolean {
    const path = this.#inside(this.at(at));
    return this.#base.has(path) || this.#placed.has(path);
  }

  /** A stage finds this text at a path. */
  write(at: WorkspacePath, text: string): void {
    const path = this.at(at);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, text);
    this.placed(at);
  }

  /** The engine put a file or folder at a path for a stage: that the stage changes it is noticed by the check of its inputs. */
  placed(at: WorkspacePath): void {
    const path = this.#inside(this.at(at));
    this.#placed.add(path);
    if (lstatSync(this.#path(path)).isDirectory())
      this.#walk(path, { file: (file) => void this.#placed.add(file), folder: () => false });
  }

  /** What was placed at a path is a base file from now on. */
  keepAsBase(at: WorkspacePath): void {
    const path = this.#inside(this.at(at));
    this.#placed.delete(path);
    this.#addFolders(dirname(path));
    if (lstatSync(this.#path(path)).isSymbolicLink()) this.#links.set(path, readlinkSync(this.#path(path)));
    this.#base.set(path, this.#keyAt(path)!);
  }

  /**
   * Called when the command has ended: removes what is neither an output nor belongs here. Inputs stay as they are: their check
   * comes afterwards.
   * @returns the paths, from the root of the project, that the stage wrote, changed or removed without declaring them.
   */
  dropUndeclared(outs: readonly WorkspacePath[], inputs: readonly WorkspacePath[]): readonly string[] {
    const own = outs.map((at) => this.#inside(this.at(at)));
    const read = inputs.map((at) => this.#inside(this.at(at)));
    const isRead = (path: string): boolean =>
      this.#base.has(path) && read.some((input) => input === '' || isWithin(path, input));
    const undeclared: string[] = [];
    const seen = new Set<string>();
    this.#walk('', {
      file: (path) => {
        seen.add(path);
        if (own.some((out) => isWithin(path, out)) || this.#placed.has(path) || isRead(path)) return;
        const key = this.#base.get(path);
        if (key !== undefined && key === this.#keyAt(path)) return;
        undeclared.push(path);
        if (key === undefined) rmSync(this.#path(path));
        else this.#placeBase(path);
      },
      folder: (path) => own.some((out) => isWithin(path, out)),
    });
    for (const path of this.#base.keys()) {
      if (seen.has(path) || this.#placed.has(path) || isRead(path)) continue;
      if (own.some((out) => isWithin(path, out))) continue;
      undeclared.push(path);
      this.#placeBase(path);
    }
    return undeclared.map((path) => this.#fromRoot(path));
  }

  /** Called after a stage: only the base files stay. */
  clear(): void {
    const seen = new Set<string>();
    this.#walk('', {
      file: (path) => {
        const key = this.#base.get(path);
        if (key !== undefined) seen.add(path);
        if (key === undefined) rmSync(this.#path(path), { force: true });
        else if (key !== this.#keyAt(path)) this.#placeBase(path);
      },
      folder: (path) => {
        if (this.#folders.has(path)) return false;
        rmSync(this.#path(path), { recursive: true, force: true });
        return true;
      },
    });
    for (const path of this.#base.keys()) if (!seen.has(path)) this.#placeBase(path);
    this.#placed.clear();
  }

  #placeBase(path: string): void {
    const { mirror, folder } = this.#options;
    const [from, to] = [join(mirror.top, path), join(folder, path)];
    this.#makeFolder(dirname(path));
    rmSync(to, { recursive: true, force: true });
    const link = this.#links.get(path);
    const stats = lstatSync(from, { throwIfNoEntry: false });
    if (link !== undefined) symlinkSync(link, to);
    else if (!stats) return void this.#base.delete(path);
    else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else {
      copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      // A file that was linked into the cache is read-only; the copy is not.
      chmodSync(to, (statSync(from).mode & 0o777) | 0o200);
    }
    this.#base.set(path, this.#keyAt(path)!);
  }

  #makeFolder(path: string): void {
    mkdirSync(join(this.#options.folder, path), { recursive: true });
    this.#addFolders(path);
  }

  #addFolders(path: string): void {
    for (let at = path; at !== '.' && at !== '' && !this.#folders.has(at); at = dirname(at))
      this.#folders.add(at);
  }

  /** @param look `folder` returns whether the folder is left alone. Symbolic links are files. */
  #walk(
    folder: string,
    look: { readonly file: (path: string) => void; readonly folder: (path: string) => boolean },
  ): void {
    for (const entry of readdirSync(this.#path(folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) look.file(path);
      else if (!look.folder(path)) this.#walk(path, look);
    }
  }

  #path(path: string): string {
    return path === '' ? this.#options.folder : `${this.#options.folder}/${path}`;
  }

  #inside(path: string): string {
    return path === this.#options.folder ? '' : path.slice(this.#options.folder.length + 1);
  }

  #fromRoot(path: string): string {
    const root = this.#inside(this.root);
    return root === '' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  }

  #keyAt(path: string): string | undefined {
    const stats = lstatSync(this.#path(path), { bigint: true, throwIfNoEntry: false });
    return stats && keyText(stats);
  }
}
