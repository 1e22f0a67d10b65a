// Storing a directory again whose objects were seen: what is removed is noticed, what is damaged in its place is found elsewhere.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import { makeWorkspace } from '../workspace.ts';
import { makeStore, type StoreSpace } from './store-space.ts';

/** So many that the objects of a directory are worth remembering. */
const FILES = 300;
/** Their texts: few, as storing takes time. Each has its object in another folder. */
const TEXTS = ['0', '1', '2', '3', '4', '5', '6', '7'].map((name) => `text ${name}`);

const digestOf = (text: string): Digest => createHash('sha256').update(text).digest('hex') as Digest;
const folderOf = (text: string): string => digestOf(text).slice(0, 2);

interface Seen {
  readonly write: (name: string, text: string) => void;
  readonly object: (text: string) => string;
  /** The memory has the folder of its object. */
  readonly isSeen: (text: string) => boolean;
  /** The store has a text. */
  readonly has: (text: string) => boolean;
  /** Stores the directory in a process of its own. */
  store(how?: {
    readonly stays?: boolean;
    readonly recorded?: Digest;
    readonly fault?: () => never;
  }): Promise<void>;
  /** The same until its objects were seen: the times of folders count once they are some milliseconds old. */
  see(): Promise<void>;
  /** Stores a file with this text, without a flush. @returns stores the directory in the same process, and flushes nothing. */
  begin(text: string): Promise<() => Promise<void>>;
}

function makeSeen(t: TestContext): Seen {
  const space = makeStore(t);
  const memory = space.path('seen.db');
  const directory = space.path('d');
  const open = (options: { readonly fault?: () => never } = {}): StoreSpace =>
    makeStore(t, { root: space.root, dir: space.dir, seenFile: memory, ...options });
  const write = (name: string, text: string): void => void space.write(`d/${name}`, text);
  for (let n = 0; n < FILES; n += 1) write(String(n), TEXTS[n % TEXTS.length]!);
  assert.equal(new Set(TEXTS.map(folderOf)).size, TEXTS.length);
  let last: Digest | undefined;
  const store: Seen['store'] = async ({ stays = true, recorded = last, ...options } = {}) => {
    const { files, store } = open(options);
    const content = (await files.look(directory))!;
    await store.store(directory, content, stays ? recorded : undefined);
    store.flush();
    last = content.digest;
  };
  const isSeen = (text: string): boolean =>
    existsSync(memory) && readFileSync(memory, 'utf8').includes(`\t${folderOf(text)}\t`);
  return {
    write,
    isSeen,
    object: (text) => space.object(digestOf(text)),
    has: (text) => open().store.has({ digest: digestOf(text), size: text.length }),
    store,
    async see() {
      do await store();
      while (!TEXTS.every(isSeen));
    },
    async begin(text) {
      const { files, store } = open();
      const path = space.write('file', text);
      await store.store(path, (await files.look(path))!);
      return async () => {
        const content = (await files.look(directory))!;
        await store.store(directory, content, last);
        last = content.digest;
      };
    },
  };
}

/** Objects are read-only. */
function cutOff(path: string, size: number): void {
  chmodSync(path, 0o644);
  truncateSync(path, size);
}

test('objects that were seen and are lost are stored again; one cut off in its place is found elsewhere', async (t) => {
  const seen = makeSeen(t);
  await seen.see();
  const [missing, folderless, folder, link, recent, cut] = TEXTS as [string, ...string[]];
  rmSync(seen.object(missing));
  rmSync(dirname(seen.object(folderless!)), { recursive: true });
  rmSync(seen.object(folder!));
  mkdirSync(seen.object(folder!));
  rmSync(seen.object(link!));
  symlinkSync('/etc/hostname', seen.object(link!));
  cutOff(seen.object(cut!), 2);
  const later = new Date(Date.now() + 3_600_000);
  utimesSync(dirname(seen.object(recent!)), later, later);
  await seen.store();
  assert.deepEqual(
    TEXTS.filter((text) => !seen.has(text)),
    [cut],
  );
  // In times that recent a further removal may not show.
  cutOff(seen.object(recent!), 2);
  await seen.store();
  assert.equal(seen.has(recent!), true);

  await seen.store({ stays: false });
  assert.equal(seen.has(cut!), true);
});

test('where the lock file names another list, garbage collection may take what is not looked at', async (t) => {
  const seen = makeSeen(t);
  await seen.see();
  const [cut, late] = TEXTS as [string, string];
  cutOff(seen.object(cut), 2);
  await seen.store({ recorded: digestOf('another') });
  assert.equal(seen.has(cut), true);
  cutOff(seen.object(late), 2);
  await seen.see();
  assert.equal(seen.has(late), false);
});

test('what is new in a directory gets objects, beside those that were seen', async (t) => {
  const seen = makeSeen(t);
  await seen.see();
  // Their folder is as it was seen, with other objects: first as many, then more.
  const beside = textsBeside(TEXTS[1]!);
  for (const [index, name] of ['1', 'new'].entries()) {
    seen.write(name, beside[index]!);
    await seen.store();
    assert.ok(seen.has(beside[index]!), name);
    await seen.see();
  }
});

test('objects that did not get their final names were not seen', async (t) => {
  const seen = makeSeen(t);
  await seen.see();
  const [text] = textsBeside(TEXTS[1]!) as [string];
  seen.write('0', text);
  const fault = (): never => {
    throw new Error('killed');
  };
  await assert.rejects(seen.store({ fault }), /killed/);
  await seen.store();
  assert.equal(seen.has(text), true);

  const storeAll = await seen.begin('waits');
  // What is written later is seen, so what waits is old enough.
  rmSync(seen.object(TEXTS[1]!));
  await seen.see();
  seen.write('0', 'waits');
  await storeAll();
  await seen.store();
  assert.equal(seen.has('waits'), true);
});

test('an object that could not be stored again was not seen', async (t) => {
  const seen = makeSeen(t);
  await seen.see();
  const [lost, other] = TEXTS as [string, string];
  rmSync(seen.object(lost));
  // That of the other one changed later: once it is seen again, the folder of the lost one is as old as it has to be.
  const beside = `${dirname(seen.object(other))}/x`;
  writeFileSync(beside, '');
  rmSync(beside);
  const fault = (): never => {
    throw new Error('disk full');
  };
  do await assert.rejects(seen.store({ fault }), /disk full/);
  while (!seen.isSeen(other));
  await seen.store();
  assert.equal(seen.has(lost), true);
});

/** Texts whose objects are in the same folder. */
function textsBeside(text: string): string[] {
  const found: string[] = [];
  for (let n = 0; found.length < 2; n += 1)
    if (folderOf(`other ${n}`) === folderOf(text)) found.push(`other ${n}`);
  return found;
}

test('a run stores what the cache lost of an output that stays, commit also what is damaged', async (t) => {
  const fill = `[ -f out/1 ] || { mkdir -p out; for i in $(seq ${FILES}); do echo $((i % 9)) > out/$i; done; }`;
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:\n  s: {cmd: "${fill}; cp in out/0", deps: [in], outs: [out: {persist: true}]}\n`,
    in: 'first',
  });
  const run = async (text: string): Promise<void> => {
    workspace.write('in', text);
    await workspace.repro();
  };
  const object = (text: string): string =>
    workspace.path(`cache/objects/sha256/${folderOf(text)}/${digestOf(text).slice(2)}`);
  await run('first');
  await run('second');
  rmSync(object('7\n'));
  cutOff(object('8\n'), 1);
  await run('third');
  assert.deepEqual(
    ['7\n', '8\n'].map((text) => statSync(object(text)).size),
    [2, 1],
  );
  await workspace.expect(0, 'commit');
  assert.equal(statSync(object('8\n')).size, 2);
});
