// An object store that has the objects of DVC 2 too: contents that carry `legacy` are found, restored and kept among those, all others
// in the store itself.
import type { ObjectStore } from '../cache/object-store.ts';
import { LegacyObjects, type LegacyObjectsOptions } from './legacy-objects.ts';

export function withLegacyObjects({
  store,
  ...options
}: LegacyObjectsOptions & { readonly store: ObjectStore }): ObjectStore {
  const objects = new LegacyObjects(options);
  return {
    has: (content) => (content.legacy ? objects.has(content) : store.has(content)),
    lacking: (files) => store.lacking(files),
    sizeOf: (digest) => store.sizeOf(digest),
    entries(content) {
      if (!content.legacy) return store.entries(content);
      return objects.has(content) ? objects.filesOf(content.digest) : undefined;
    },
    read: (content) => (content.legacy ? objects.bytes(content.digest) : store.read(content)),
    async store(path, content, recorded) {
      if (!content.legacy) return store.store(path, content, recorded);
      if (!objects.has(content)) await objects.keep(path, content);
    },
    async restore(content, path) {
      if (!content.legacy) return store.restore(content, path);
      return objects.has(content) ? objects.restore(content, path) : 'missing';
    },
    async lend(content, path) {
      if (!content.legacy) return store.lend(content, path);
      return objects.has(content) ? objects.restore(content, path) : 'missing';
    },
    doubtLent: () => store.doubtLent(),
    requireWritable: () => store.requireWritable(),
    unprotect: (path) => store.unprotect(path),
    storeManifest: (text, digest) => store.storeManifest(text, digest),
    flush: () => store.flush(),
    flushTogether: (moreComes) => store.flushTogether(moreComes),
  };
}
