// The order of writing, flushing and renaming, as a power cut sees it: it may keep any name that was given, and lose all
// bytes and names that were not flushed.
import { basename, dirname } from 'node:path';

/** One call; paths are absolute. */
export type Call =
  /** `names`: digests in what is written, as far as it is a text. */
  | { readonly kind: 'write'; readonly path: string; readonly names: readonly string[] }
  | { readonly kind: 'flush'; readonly path: string }
  /** Of the whole file system. */
  | { readonly kind: 'flush all' }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** What must survive: objects, what was saved before it was replaced, lock files. */
const OBJECT = /\/(?:objects\/sha256|files\/md5)\/[0-9a-f]{2}\/[^/]+$/;
/** A folder of objects. */
const SHARD = /\/(?:objects\/sha256|files\/md5)\/[0-9a-f]{2}$/;
/** Of its path, final or temporary. */
const DIGEST = /\/([0-9a-f]{2})\/([0-9a-f]+(?:\.dir)?)[^/]*$/;
const SAVED = /\/saved\/[0-9a-f]{8}\/(?:content|about\.json)$/;
const LOCK_FILE = /\/(?:pipeline|dvc)\.lock$/;
/** Entries that name objects: records of runs, the journal and the lock file itself. */
const NAMES_OBJECTS = /\/cache\/runs\/.*[0-9a-f]$|\/journal\/[0-9a-f]+\.jsonl$|\/(?:pipeline|dvc)\.lock$/;
/** Written after the old outputs were saved, and before they are removed or the stage starts. */
const STAGE_STARTS = /\/state\/params\/[0-9a-f]+\.json$/;

export interface Flushes {
  /** What is wrong, in words. */
  readonly wrong: readonly string[];
  /** Names that had to be flushed. */
  readonly objects: number;
  readonly saved: number;
  readonly lockFiles: number;
}

/** All that a text names. */
export const digestsIn = (text: string): readonly string[] =>
  text.match(/\b(?:[0-9a-f]{64}|[0-9a-f]{32})(?:\.dir)?(?![0-9a-f])/g) ?? [];

const digestOf = (path: string): string => (DIGEST.exec(path) ?? []).slice(1).join('');

const holdsOne = (shard: string, digests: ReadonlySet<string>): boolean =>
  [...digests].some((digest) => digest.startsWith(shard));

/** @param calls of one run. */
export function checkFlushes(calls: readonly Call[]): Flushes {
  const wrong: string[] = [];
  const count = { objects: 0, saved: 0, lockFiles: 0 };
  /** Written since they were flushed. */
  const dirty = new Set<string>();
  /** Given since their folder was flushed. */
  const names = new Set<string>();
  const shards = new Set<string>();
  /** Objects without their final name. */
  const aside = new Set<string>();
  /** Digests that were written to a file, by its path; those in a manifest by its digest too. */
  const texts = new Map<string, Set<string>>();
  const isInside = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(`${folder}/`);

  const keep = (by: string, digests: readonly string[]): void =>
    void texts.set(by, new Set([...(texts.get(by) ?? []), ...digests]));
  /** And the objects that a manifest among them names. */
  const withParts = (digests: readonly string[]): Set<string> =>
    new Set(digests.flatMap((digest) => [digest, ...(texts.get(digest) ?? [])]));
  const named = (by: string, digests: readonly string[]): void => {
    const all = withParts(digests);
    for (const path of aside)
      if (all.has(digestOf(path))) wrong.push(`${by} is written before the object ${path} has its name`);
    for (const path of names)
      if (OBJECT.test(path) ? all.has(digestOf(path)) : SHARD.test(path) && holdsOne(basename(path), all))
        wrong.push(`${by} is written before the folder of ${path} is flushed`);
  };
  const give = (path: string, kind: keyof typeof count): void => {
    count[kind] += 1;
    names.add(path);
    const folder = dirname(path);
    // It may be new in each run.
    if (SHARD.test(folder) && !shards.has(folder)) names.add(folder);
    shards.add(folder);
  };
  const started = (): void => {
    for (const path of [...names, ...dirty])
      if (SAVED.test(path)) wrong.push(`a stage starts before ${path} is flushed`);
  };

  for (const call of calls) {
    switch (call.kind) {
      case 'write':
        keep(OBJECT.test(call.path) ? digestOf(call.path) : call.path, call.names);
        if (NAMES_OBJECTS.test(call.path)) named(call.path, call.names);
        if (STAGE_STARTS.test(call.path)) started();
        dirty.add(call.path);
        if (OBJECT.test(call.path) && call.path.endsWith('.tmp')) aside.add(call.path);
        if (SAVED.test(call.path)) give(call.path, 'saved');
        break;
      case 'flush':
        dirty.delete(call.path);
        for (const path of names) if (dirname(path) === call.path) names.delete(path);
        break;
      case 'flush all':
        dirty.clear();
        names.clear();
        break;
      case 'rename': {
        const { from, to } = call;
        const lost = [...dirty].filter((path) => isInside(path, from));
        const kind = OBJECT.test(to)
          ? 'objects'
          : SAVED.test(to)
            ? 'saved'
            : LOCK_FILE.test(to)
              ? 'lockFiles'
              : undefined;
        if (NAMES_OBJECTS.test(to)) {
          const inIt = [...(texts.get(from) ?? [])];
          if (inIt.length === 0) wrong.push(`${to} names no object`);
          named(to, inIt);
        }
        // What a user put there is as safe as they made it; our copy of it is flushed.
        if (kind !== undefined && (kind !== 'saved' || from.endsWith('/copying')))
          for (const path of lost) wrong.push(`${to} gets its name before ${path} is flushed`);
        for (const path of lost) dirty.delete(path);
        aside.delete(from);
        if (kind !== undefined) give(to, kind);
      }
    }
  }
  for (const path of names) wrong.push(`the run ends before the folder of ${path} is flushed`);
  return { wrong, ...count };
}
