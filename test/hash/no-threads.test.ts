// Where the system starts no threads, large files are read all the same.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { after, before, test } from 'node:test';
import { truncateSync } from 'node:fs';
import { makeSpace } from './space.ts';

const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: unknown };
const { Worker } = threads;
let failed = 0;

before(() => {
  threads.Worker = class extends EventEmitter {
    constructor() {
      super();
      setImmediate(() => {
        failed += 1;
        this.emit('error', new Error('no memory for it'));
      });
    }
    readonly ref = (): void => undefined;
    readonly unref = (): void => undefined;
    readonly postMessage = (): void => undefined;
  };
  syncBuiltinESMExports();
});

after(() => {
  threads.Worker = Worker;
  syncBuiltinESMExports();
});

test('each of many large files is read', { timeout: 20_000 }, async (t) => {
  const space = makeSpace(t);
  const size = (4 << 20) + 1;
  const paths = Array.from({ length: 10 }, (_, n) => space.write(`file-${n}`, String(n)));
  for (const path of paths) truncateSync(path, size);
  const hasher = space.hasher();
  const found = await Promise.all(paths.map(async (path) => hasher.look(path)));
  assert.deepEqual(
    found.map((content) => content!.digest as string),
    paths.map((_, n) =>
      createHash('sha256')
        .update(String(n))
        .update(Buffer.alloc(size - 1))
        .digest('hex'),
    ),
  );
  assert.ok(failed > 0);
});
