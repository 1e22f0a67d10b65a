// The keys of our own lock files. Any other key is refused, since a value with a misspelt key would be lost.
import { PipeError, type Problem } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Value, ValueMap } from '../base/value.ts';
import type { LockReader } from '../lock/lock-reader.ts';

const CONTENT = ['hash', 'sha256', 'etag', 'checksum', 'size', 'nfiles', 'isexec', 'links'] as const;
const KEYS = {
  'a lock file': ['schema', 'overlay', 'data', 'stages'],
  'the overlay of a lock file': ['params', 'set'],
  'a stage of a lock file': ['cmd', 'wdir', 'env', 'deps', 'params', 'outs'],
  'a dependency or output of a lock file': ['path', ...CONTENT],
  'data in a lock file': ['path', ...CONTENT, 'from'],
  'the origin of data in a lock file': ['rev', ...CONTENT],
} as const satisfies { readonly [what: string]: readonly string[] };

/** @param at where the mapping is. @throws PipeError that names its unknown keys. */
export function refuseUnknownKeys(
  reader: LockReader,
  map: ValueMap,
  what: keyof typeof KEYS,
  at: readonly Value[],
): void {
  const known: readonly string[] = KEYS[what];
  const unknown = [...map.keys()].filter((key) => typeof key !== 'string' || !known.includes(key));
  if (unknown.length === 0) return;
  throw new PipeError(
    unknown.map((key): Problem => {
      const meant = didYouMean(
        String(key),
        known.filter((name) => !map.has(name)),
      );
      return {
        code: 'lock-unknown-key',
        title: `${what} has no key '${String(key)}'`,
        facts: [['known', known.join(', ')]],
        hint: `${meant ?? 'update pipe, if a newer one wrote the file, or remove the key'}; nothing was changed`,
        place: reader.keyPlace([...at, key]),
      };
    }),
  );
}
