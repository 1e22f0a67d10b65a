// Objects that are complete under temporary names and do not have their final names yet. Owns the order of flushing and renaming, and
// that after a failed flush no later one succeeds.
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../hash/digest.ts';
import type { Fault } from '../disk/crash-point.ts';
import { discard } from '../disk/discard.ts';
import { syncPaths, syncSideBySide } from '../disk/flush.ts';
import { storeError } from '../disk/store-error.ts';
import { finished } from '../disk/unfinished.ts';

export interface NewObjectsOptions {
  /** Absolute folder of all objects. */
  readonly folder: string;
  /** The final path of an object. */
  readonly at: (digest: Digest) => string;
  readonly fault: Fault;
}

/** Milliseconds for which a flush waits for further objects: some small stages end meanwhile, and each flush costs as much as one of these. */
const GATHERING = 10;

export class NewObjects {
  readonly #options: NewObjectsOptions;
  readonly #paths = new Map<Digest, string>();
  /** In which objects have their final names that a power cut may still take from them. */
  readonly #changed = new Set<string>();
  /** Folders of objects that the folder of all has on the disk. */
  readonly #settled = new Set<string>();
  #failure: unknown;
  #underWay: Promise<void> | undefined;
  /** Begins after the one under way. */
  #next: Promise<void> | undefined;
  #endGathering: () => void = () => undefined;

  constructor(options: NewObjectsOptions) {
    this.#options = options;
  }

  /** The temporary path of an object. */
  find(digest: Digest): string | undefined {
    return this.#paths.get(digest);
  }

  digests(): Iterable<Digest> {
    return this.#paths.keys();
  }

  add(digest: Digest, temporary: string): void {
    // Two stages may store equal files at the same time.
    if (this.#paths.has(digest)) rmSync(temporary);
    else this.#paths.set(digest, temporary);
  }

  forget(digest: Digest): void {
    this.#paths.delete(digest);
  }

  /** Gives every object its final name, safe against a power cut. @throws PipeError, from then on always. */
  flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#paths.size + this.#changed.size === 0) return;
    const { folder, fault } = this.#options;
    const group = [...this.#paths];
    try {
      syncPaths(temporariesOf(group), folder, fault);
      this.#rename(group);
      syncPaths([...this.#changed, folder], folder, fault);
      this.#changed.clear();
    } catch (error) {
      this.#fail(error, group);
    }
  }

  /**
   * As `flush`, while other work goes on. One flush is under way at a time: what is added meanwhile is the group of the next one,
   * however many stages wait for it. @param moreComes others add objects in a moment, and nothing else has to wait for this flush.
   */
  flushTogether(moreComes: boolean): Promise<void> {
    this.#next ??= this.#flushNext();
    if (!moreComes || this.#paths.size === 0) this.#endGathering();
    return this.#next;
  }

  async #flushNext(): Promise<void> {
    const gathered = new Promise<void>((resolve) => (this.#endGathering = resolve));
    const timer = setTimeout(this.#endGathering, GATHERING);
    // Those who wait for it get its failure, and this one fails too.
    await this.#underWay?.catch(() => undefined);
    await gathered;
    clearTimeout(timer);
    // What other stages store in the same turn belongs to the group.
    await new Promise(setImmediate);
    this.#next = undefined;
    this.#underWay = this.#flushGroup();
    return this.#underWay;
  }

  async #flushGroup(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { folder, fault } = this.#options;
    const group = [...this.#paths];
    if (group.length === 0) return;
    try {
      await syncSideBySide(temporariesOf(group), folder, fault);
      this.#rename(group);
      const changed = [...this.#changed];
      const isSettled = changed.every((path) => this.#settled.has(path));
      await syncSideBySide(isSettled ? changed : [...changed, folder], folder, fault);
      for (const path of changed) {
        this.#changed.delete(path);
        this.#settled.add(path);
      }
    } catch (error) {
      this.#fail(error, group);
    }
  }

  #rename(group: Group): void {
    const { at, fault } = this.#options;
    for (const [digest, temporary] of group) {
      // Set aside meanwhile, or renamed by the other way to flush.
      if (this.#paths.get(digest) !== temporary) continue;
      fault('rename object');
      renameSync(temporary, at(digest));
      finished(temporary);
      this.#paths.delete(digest);
      this.#changed.add(dirname(at(digest)));
    }
  }

  /**
   * It is unknown what reached the disk, so nothing of the group is kept. Other stages may have objects in it: their flush must fail
   * too.
   */
  #fail(error: unknown, group: Group): never {
    for (const temporary of [...temporariesOf(group), ...this.#paths.values()]) discard(temporary);
    this.#paths.clear();
    this.#failure ??= storeError(error, 'flush the cache to the disk', this.#options.folder);
    throw this.#failure;
  }
}

type Group = readonly (readonly [Digest, string])[];

const temporariesOf = (group: Group): string[] => group.map(([, temporary]) => temporary);
