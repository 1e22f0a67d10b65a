// The hasher: what a path holds now, a file or a directory, as an output or as a dependency. Owns the order of looking;
// file-hasher.ts and directory-hasher.ts read and remember.
import type { ContentRules } from './content-rules.ts';
import type { Look } from '../disk/look-inside.ts';
import type { PathStamp } from '../disk/path-stamp.ts';
import type { PlacedStats } from '../disk/stat-key.ts';
import type { Content, Digest } from './digest.ts';
import { DirectoryHasher } from './directory-hasher.ts';
import { FileHasher } from './file-hasher.ts';
import { followLinks, realFolder, type LinkEnd } from './follow-links.ts';
import { keepsChanging, notAFile, shownPath } from './hash-problem.ts';
import type { Hasher, HasherOptions, Looked, View } from './hasher.ts';
import { ignoreRules, type IgnoreRules } from './ignore-rules.ts';
import { linksDigest } from './links-digest.ts';
import { StateDatabase } from './state-database.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { describe } from './walk-directory.ts';

/** How often a path that changed while it was read is read again. */
const ATTEMPTS = 3;

export function openHasher(options: HasherOptions): Hasher {
  return new PathHasher(options);
}

class PathHasher implements Hasher {
  readonly rules: ContentRules;
  readonly #root: string;
  readonly #ignores: IgnoreRules;
  readonly #state: StateDatabase;
  readonly #files: FileHasher;
  readonly #directories: DirectoryHasher;

  constructor(options: HasherOptions) {
    this.rules = options.rules;
    this.#root = options.root;
    this.#ignores = ignoreRules(options.root, options.rules.ignoreFile);
    this.#state = new StateDatabase(options.stateFile, options.rules.algorithm);
    this.#files = new FileHasher(options, this.#state);
    this.#directories = new DirectoryHasher(options, this.#state, this.#files, this.#ignores);
  }

  async look(path: string): Promise<Content | undefined> {
    return (await this.lookAs('output', path))?.content;
  }

  async lookAs(view: View, path: string): Promise<Looked | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stats = this.#files.stat(path);
      if (!stats) return undefined;
      if (!stats.isFile() && !stats.isDirectory())
        throw notAFile(shownPath(path, this.#root), describe(stats));
      const looked = stats.isFile()
        ? asLooked(await this.#files.content(path, stats))
        : await this.#lookAtDirectory(view, path);
      if (looked) return looked;
    }
    throw keepsChanging(shownPath(path, this.#root));
  }

  tree(path: string, looked?: Content): Promise<Tree> {
    return this.#treeAs('output', path, looked);
  }

  inputTree(path: string, looked?: Content): Promise<Tree> {
    return this.#treeAs('input', this.rules.hashesAlike ? path : realFolder(path, this.#root), looked);
  }

  leftOut(path: string): readonly string[] {
    return this.#files.stat(path)?.isDirectory() ? this.#directories.leftOut(path) : [];
  }

  watchForLinks(path: string): () => boolean {
    return this.#directories.watchForLinks(path);
  }

  remember(path: string, content: Content, since?: bigint): void {
    this.#files.remember(path, content, since);
  }

  placed(path: string, digest: Digest, stats: PlacedStats): void {
    this.#files.placed(path, digest, stats);
  }

  placedDirectory(path: string, entries: readonly TreeEntry[], files: ReadonlyMap<string, Look>): void {
    this.#directories.placed(path, entries, files);
  }

  hasPlaced(path: string): boolean {
    return this.#directories.hasPlaced(path);
  }

  remembered(path: string, stamp: PathStamp): Content | undefined {
    return this.#files.rememberedAs(path, stamp);
  }

  close(): void {
    this.#state.save();
  }

  #lookAtDirectory(view: View, path: string): Promise<Looked | undefined> {
    return view === 'input' && !this.rules.hashesAlike ? this.#lookAtInput(path) : this.#lookAtOutput(path);
  }

  async #lookAtOutput(path: string): Promise<Looked | undefined> {
    const walked = this.#directories.walk(path, 'output');
    const content = walked && (await this.#directories.content(path, walked));
    return content && { content, plain: walked.plain, behind: [] };
  }

  /** A directory that is a dependency: with what the symlinks in it lead to. */
  async #lookAtInput(path: string): Promise<Looked | undefined> {
    const top = realFolder(path, this.#root);
    const walked = this.#directories.walk(top, 'input');
    const content = walked && (await this.#directories.content(top, walked));
    if (!content) return undefined;
    const looked = { content, plain: walked.plain, behind: top === path ? [] : [top] };
    return walked.hasLinks ? this.#withLinks(top, looked) : looked;
  }

  async #withLinks(top: string, { content, behind }: Looked): Promise<Looked> {
    const { links, ends } = followLinks(top, this.#ignores);
    const contents = await Promise.all(ends.map((end) => this.#lookAtEnd(end)));
    return {
      content: { ...content, links: linksDigest(links, ends, contents, this.#root) },
      plain: false,
      behind: [...behind, ...links.map(({ end }) => end.path)],
    };
  }

  /** The links inside of it are followed with all others. */
  async #lookAtEnd({ path, kind }: LinkEnd): Promise<Content | undefined> {
    if (kind === 'file') return this.look(path);
    return this.#untilSettled(path, async () => {
      const walked = this.#directories.walk(path, 'input');
      return walked && this.#directories.content(path, walked);
    });
  }

  async #treeAs(view: View, path: string, looked: Content | undefined): Promise<Tree> {
    const last = this.#directories.lastTree(path, looked);
    if (last) return last;
    return this.#untilSettled(path, async () => {
      if (!this.#files.stat(path)?.isDirectory()) throw notAFile(shownPath(path, this.#root), 'no directory');
      const walked = this.#directories.walk(path, view);
      return walked && this.#directories.tree(path, walked);
    });
  }

  /** @param read gives undefined where something changed meanwhile. */
  async #untilSettled<T>(path: string, read: () => Promise<T | undefined>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const result = await read();
      if (result) return result;
    }
    throw keepsChanging(shownPath(path, this.#root));
  }
}

function asLooked(content: Content | undefined): Looked | undefined {
  return content && { content, plain: true, behind: [] };
}
