// A remote in the memory of the test, which stands between any two requests: it may change what is there, or answer otherwise.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Remote } from '../../../src/cache/cache.ts';

export interface MemoryRemote extends Remote {
  readonly files: Map<string, Buffer>;
  /** Keys in the order in which they were written. */
  readonly written: string[];
  /** Called before each file is written. */
  beforeWrite: (key: string) => void;
  /** Called before each file is read. */
  beforeRead: (key: string) => void;
  /** After how many bytes of a file the way is interrupted, once; then it comes again from its start. */
  readonly cuts: Map<string, number>;
  /** How many files were written whenever what was written was to be made safe. */
  readonly settled: number[];
}

export function memoryRemote(): MemoryRemote {
  const files = new Map<string, Buffer>();
  const written: string[] = [];
  const cuts = new Map<string, number>();
  const settled: number[] = [];
  const remote: MemoryRemote = {
    name: 'memory',
    url: 'memory://',
    files,
    written,
    beforeWrite: () => undefined,
    beforeRead: () => undefined,
    cuts,
    settled,
    size: async (key) => files.get(key)?.length,
    sizes: async (keys) =>
      new Map(keys.flatMap((key) => (files.has(key) ? [[key, files.get(key)!.length] as const] : []))),
    async read(key, take) {
      remote.beforeRead(key);
      const bytes = files.get(key);
      const cut = cuts.get(key);
      cuts.delete(key);
      if (bytes && cut !== undefined) await assert.rejects(take(pieces(bytes, cut)), /cut off/);
      return bytes && take(pieces(bytes));
    },
    async write(key, source, replace) {
      remote.beforeWrite(key);
      if (files.has(key) && !replace) return 'exists';
      files.set(key, 'text' in source ? Buffer.from(source.text) : readFileSync(source.path));
      written.push(key);
      return 'written';
    },
    async *list(folder) {
      const inside = [...files].filter(([key]) => folder === '' || key.startsWith(`${folder}/`));
      yield inside.map(([key, { length: size }]) => ({ key, size, time: 1 }));
    },
    settle: async () => void settled.push(written.length),
    close: async () => undefined,
  };
  return remote;
}

async function* pieces(bytes: Buffer, cut = Infinity): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 3) {
    if (at >= cut) throw new Error('cut off');
    yield bytes.subarray(at, at + 3);
  }
}
