// Which objects make up a content, and whether the store has all of them.
import { PipeError } from '../base/problem.ts';
import { fitYoungGeneration } from '../base/young-generation.ts';
import type { ContentRules } from '../hash/content-rules.ts';
import { isDirectory, type Content, type Digest } from '../hash/digest.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import type { Objects } from './objects.ts';

/** Why an object cannot be used. */
export interface Unusable {
  readonly why: string;
}

export const WRONG_BYTES = 'its bytes are not those of its name';

export class StoredContents {
  readonly #objects: Objects;
  readonly #rules: ContentRules;
  /** Directories whose objects were all found. */
  readonly #complete = new Set<Digest>();
  /** The directory that was parsed last: it is asked for before and while it is restored. */
  #last: { readonly directory: Digest; readonly entries: readonly ManifestEntry[] } | undefined;

  constructor(objects: Objects, rules: ContentRules) {
    this.#objects = objects;
    this.#rules = rules;
  }

  has({ digest, size }: Content): boolean {
    if (!isDirectory(digest)) return this.#objects.find(digest, size) !== undefined;
    if (this.#complete.has(digest)) return true;
    const entries = this.entriesOf(digest);
    if (entries === 'missing' || 'why' in entries || !this.hasAll(entries)) return false;
    this.#complete.add(digest);
    return true;
  }

  hasAll(entries: readonly ManifestEntry[]): boolean {
    return this.#objects.hasAll(entries.filter((entry) => entry.kind === 'file'));
  }

  entriesOf(directory: Digest): readonly ManifestEntry[] | 'missing' | Unusable {
    if (this.#last?.directory === directory && this.#objects.find(directory)) return this.#last.entries;
    const object = this.#objects.text(directory);
    if (object === 'missing') return object;
    if (object === 'corrupt') return { why: WRONG_BYTES };
    fitYoungGeneration({ bytes: object.text.length });
    try {
      const entries = this.#rules.parseManifest(object.text);
      this.#last = { directory, entries };
      return entries;
    } catch (error) {
      if (error instanceof PipeError) return { why: error.message };
      throw error;
    }
  }

  /** Called when an object was set aside: directories may lack it now. */
  forgetComplete(): void {
    this.#complete.clear();
    this.#last = undefined;
  }
}
