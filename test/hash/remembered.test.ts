// What was hashed once is remembered, and read again once it changed.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import type { Content, Hasher } from '../../src/hash/hash.ts';
import { stampOf } from '../../src/disk/disk.ts';
import { makeSpace, type Space } from './space.ts';
import { md5, sha256 } from './digests.ts';

/** Large enough that its hash is remembered at once: small files must first grow older than a tick of the clock. */
const LARGE = 5 << 20;

/** A hasher with a state file, and how many bytes it has read. */
function counted(
  space: Space,
  algorithm: 'sha256' | 'md5' = 'sha256',
): { hasher: Hasher; read: () => number } {
  let bytes = 0;
  const hasher = space.hasher(algorithm, {
    stateFile: space.path('state/db'),
    onProgress: (done) => (bytes = done.bytes),
  });
  return { hasher, read: () => bytes };
}

test('what was hashed once is not read again until it changes', async (t) => {
  const space = makeSpace(t);
  const path = space.write('large', Buffer.alloc(LARGE));
  utimesSync(path, 1000.5, 1000.5);
  const first = counted(space);
  const content = await first.hasher.look(path);
  assert.equal(first.read(), LARGE);
  first.hasher.close();

  const second = counted(space);
  assert.deepEqual(await second.hasher.look(path), content);
  assert.equal(second.read(), 0);

  const { atime, mtime } = statSync(path);
  writeFileSync(path, Buffer.alloc(LARGE, 1));
  utimesSync(path, atime, mtime);
  assert.notDeepEqual(await second.hasher.look(path), content);
});

test('of a directory only what changed is read again', async (t) => {
  const space = makeSpace(t);
  space.write('d/one', Buffer.alloc(LARGE, 1));
  space.write('d/two', Buffer.alloc(LARGE + 1, 2));
  const first = counted(space);
  const content = await first.hasher.look(space.path('d'));
  first.hasher.close();

  const same = counted(space);
  assert.deepEqual(await same.hasher.look(space.path('d')), content);
  assert.equal(same.read(), 0);

  space.write('d/two', Buffer.alloc(LARGE + 1, 3));
  const changed = counted(space);
  assert.notDeepEqual(await changed.hasher.look(space.path('d')), content);
  assert.equal(changed.read(), LARGE + 1);
  changed.hasher.close();

  space.write('d/one', Buffer.alloc(LARGE, 4));
  const other = counted(space);
  await other.hasher.look(space.path('d'));
  assert.equal(other.read(), LARGE);
});

test('the files of a large directory are remembered too', async (t) => {
  const space = makeSpace(t);
  for (let index = 0; index < 200; index += 1) space.write(`d/${index}`, `${index}`);
  // Until every file is older than a tick of the clock, some are read again.
  const lookUntilKnown = async (): Promise<Content | undefined> => {
    for (;;) {
      const { hasher, read } = counted(space);
      const content = await hasher.look(space.path('d'));
      hasher.close();
      if (read() === 0) return content;
    }
  };
  const content = await lookUntilKnown();
  // The rest are found behind the first one, behind one that is new and behind one that changed.
  for (const name of ['0', '33', '150']) rmSync(space.path(`d/${name}`));
  space.write('d/100a', '??');
  space.write('d/7', '!');
  const changed = counted(space);
  assert.notDeepEqual(await changed.hasher.look(space.path('d')), content);
  assert.equal(changed.read(), 3);
  changed.hasher.close();

  // What was written of it has nothing that is gone.
  const listed = (): string[] => {
    const [list] = readdirSync(space.path('state/db.trees'));
    const bytes = readFileSync(space.path(`state/db.trees/${list}`));
    // After the header and two numbers: five numbers of each file, 32 bytes of its digest.
    const head = bytes.indexOf('\n') + 1;
    const count = bytes.readDoubleLE(head);
    return bytes.toString('utf8', head + 16 + count * (5 * 8 + 32), bytes.length - 64).split('\0');
  };
  assert.deepEqual(
    listed().filter((name) => ['0', '33', '150'].includes(name)),
    [],
  );
  for (const name of ['8', '9']) {
    await lookUntilKnown();
    space.write(`d/${name}`, 'last');
    const { hasher, read } = counted(space);
    const last = await hasher.look(space.path('d'));
    hasher.close();
    assert.deepEqual(last, await space.hasher().look(space.path('d')));
    assert.equal(read(), 4);
    assert.ok(new Set(listed()).size >= 197);
  }
});

test('a lost or damaged state database costs reading, nothing else', async (t) => {
  const space = makeSpace(t);
  const path = space.write('large', Buffer.alloc(LARGE));
  const first = counted(space);
  const content = await first.hasher.look(path);
  first.hasher.close();
  const good = readFileSync(space.path('state/db'), 'utf8');
  const digest = String(content?.digest);
  const damaged = [
    '',
    'x',
    good.slice(0, -1),
    good.replace(digest, sha256('other')),
    `${good}\n`,
    good.replace('pipe-state/2', 'pipe-state/1'),
    '\0'.repeat(good.length),
  ];
  for (const text of damaged) {
    writeFileSync(space.path('state/db'), text);
    const again = counted(space);
    assert.deepEqual(await again.hasher.look(path), content);
    assert.equal(again.read(), LARGE);
  }
  // Written with one algorithm, read with the other.
  writeFileSync(space.path('state/db'), good);
  assert.equal((await counted(space, 'md5').hasher.look(path))?.digest, md5(Buffer.alloc(LARGE)));
});

test('a state database that cannot be written is no failure', async (t) => {
  const space = makeSpace(t);
  // Large files are remembered at once.
  const path = space.write('large', Buffer.alloc(LARGE));
  space.write('state', 'a file where the folder should be');
  const below = counted(space);
  await below.hasher.look(path);
  below.hasher.close();
  rmSync(space.path('state'));
  mkdirSync(space.path('state/db'), { recursive: true });
  const inPlace = counted(space);
  await inPlace.hasher.look(path);
  inPlace.hasher.close();
});

test('what we wrote ourselves is taken from memory until it changes', async (t) => {
  const space = makeSpace(t);
  const { hasher, read } = counted(space);
  const path = space.write('x', 'x');
  hasher.remember(path, { digest: sha256('x') as never, size: 1 });
  assert.deepEqual(await hasher.look(path), { digest: sha256('x'), size: 1 });
  assert.equal(read(), 0);
  const stamp = stampOf(statSync(path, { bigint: true }));
  assert.equal(hasher.remembered(path, stamp), undefined, 'its times may hide a change that follows');
  space.write('x', 'yy');
  assert.deepEqual(await hasher.look(path), { digest: sha256('yy'), size: 2 });
});

test('what is hashed afresh is read, whatever is remembered of it', async (t) => {
  const space = makeSpace(t);
  const path = space.write('d/x', 'x');
  const old = counted(space).hasher;
  // As if its bytes had changed without a change of its times.
  old.remember(path, { digest: sha256('y') as never, size: 1 }, BigInt(Date.now() + 60_000) * 1_000_000n);
  const wrong = await old.look(space.path('d'));
  old.close();
  assert.equal((await counted(space).hasher.look(space.path('d')))?.digest, wrong?.digest);
  const right = (await space.hasher().look(space.path('d')))!;
  assert.notEqual(right.digest, wrong?.digest);
  const afresh = space.hasher('sha256', { stateFile: space.path('state/db'), afresh: true });
  assert.deepEqual(await afresh.look(space.path('d')), right);
  afresh.close();
  assert.deepEqual(await counted(space).hasher.look(space.path('d')), right, 'which is remembered');

  // Of a single file, too.
  const alone = makeSpace(t);
  const file = alone.write('x', 'x');
  const later = BigInt(Date.now() + 60_000) * 1_000_000n;
  const former = counted(alone).hasher;
  former.remember(file, { digest: sha256('y') as never, size: 1 }, later);
  assert.equal((await former.look(file))?.digest, sha256('y'));
  former.close();
  const stateFile = alone.path('state/db');
  const again = alone.hasher('sha256', { stateFile, afresh: true, clock: () => later });
  await again.look(file);
  again.close();
  assert.equal((await counted(alone).hasher.look(file))?.digest, sha256('x'));
});

test('what no command has looked at for two months is forgotten', async (t) => {
  const space = makeSpace(t);
  const stateFile = space.path('state');
  for (const name of ['old', 'used', 'new']) space.write(name, name);
  const today = Date.now();
  for (const [day, names] of [
    [1, ['old', 'used']],
    [50, ['used']],
    [70, ['new']],
  ] as const) {
    t.mock.timers.enable({ apis: ['Date'], now: today + day * 86_400_000 });
    const hasher = space.hasher('sha256', { stateFile });
    for (const name of names) await hasher.look(space.path(name));
    hasher.close();
    t.mock.timers.reset();
  }
  const known = readFileSync(stateFile, 'utf8');
  assert.deepEqual(
    ['old', 'used', 'new'].map((name) => known.includes(JSON.stringify(space.path(name)))),
    [false, true, true],
  );
});
