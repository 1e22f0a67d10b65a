import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dvcRunKey, openDvcRunCache } from '../../src/dvc/dvc.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { LockEntry } from '../../src/lock/lock.ts';
import { layouts } from '../layouts.ts';
import type { Scalar, Value } from '../../src/base/base.ts';

const content = (digest: string, more: Partial<Content> = {}): Content => ({
  digest: digest as Digest,
  size: 2,
  ...more,
});
const list: Value = [1n, 2n];

// Keys and values as DVC 3.67.1 named the files of this stage.
const entry: LockEntry = {
  cmd: `mkdir -p d/e && echo x > d/e/f && printf '#!/bin/sh\\n' > exe && chmod +x exe`,
  deps: [{ path: 'src.sh', content: content('401b30e3b8b5d629635a5c613cdb7919', { isexec: true }) }],
  params: new Map([
    [
      'params.yaml',
      new Map<string, Value>([
        ['lr', 0.1],
        ['p.q', list],
        [
          'p',
          new Map<string, Value>([
            ['q', list],
            ['z', null],
          ]),
        ],
      ]),
    ],
  ]),
  outs: [
    { path: 'exe', content: content('3e2b31c72181b87149ff995e7202c0e3', { size: 10, isexec: true }) },
    { path: 'd', content: content('e39a696bb4986aa621f4f479ec5b801f.dir', { nfiles: 1 }) },
  ],
};
const key = 'd591e990c21b3cd9773ed47ede449550baa5bd7c195557f4594b130c0edd87da';
const value = '13e5a6f2aea0fe7ab531d8b20d0b5796833d12fa2943c36ef2c239a4fdb4b907';

function makeFolder(t: { after(done: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'pipe-runs-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('files have the names and the text that DVC gives them', (t) => {
  const dir = makeFolder(t);
  const cache = openDvcRunCache({ dir, store: { has: () => true } });
  assert.equal(dvcRunKey(entry, ['exe', 'd']), key);
  assert.equal(cache.find(key as Digest), undefined);
  cache.save(key as Digest, entry);
  assert.deepEqual(readdirSync(join(dir, 'runs/d5', key)), [value]);
  const groups = makeFolder(t);
  openDvcRunCache({ dir: groups, store: { has: () => true }, shared: true }).save(key as Digest, entry);
  const mode = (root: string): number => statSync(join(root, 'runs/d5', key, value)).mode & 0o020;
  assert.deepEqual([mode(dir), mode(groups)], [0, 0o020], 'a group shares its files');
  const text = readFileSync(join(dir, 'runs/d5', key, value), 'utf8');
  assert.ok(text.startsWith('cmd: mkdir -p d/e &&'));
  assert.ok(
    text.includes('      q: &id001\n      - 1\n      - 2\n      z:\n    p.q: *id001\nouts:\n- path: d\n'),
  );
  assert.deepEqual(
    cache.find(key as Digest)!.map((out) => out.path),
    ['d', 'exe'],
  );
});

test('the key is of the text that Python makes of the values', () => {
  const values = new Map<string, Value>([
    ['é "', 'ü\u007f\n'],
    ['a', NaN],
    ['b', new Map<Scalar, Value>([[1n, Infinity], [null, -Infinity]])], // prettier-ignore
  ]);
  const some: LockEntry = { cmd: 'x', deps: [], params: new Map([['p', values]]), outs: [] };
  const text =
    '{"cmd": "x", "outs": ["o"], "params": {"p": {"a": NaN, "b": {"1": Infinity, "null": -Infinity}, "\\u00e9 \\"": "\\u00fc\\u007f\\n"}}}';
  assert.equal(dvcRunKey(some, ['o']), hash('sha256', text));
});

test('the newest result counts, if the store has it; a file that cannot be read counts as none', (t) => {
  const dir = makeFolder(t);
  const has = ({ digest }: Content): boolean => !digest.startsWith('f');
  const cache = openDvcRunCache({ dir, store: { has } });
  const result = (digest: string): LockEntry => ({
    ...entry,
    outs: [{ path: 'o', content: content(digest) }],
  });
  cache.save(key as Digest, result('a'.repeat(32)));
  const folder = join(dir, 'runs/d5', key);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
  cache.save(key as Digest, result('b'.repeat(32)));
  // Written half by a DVC that died.
  writeFileSync(join(folder, '.half.tmp'), 'outs: [');
  utimesSync(join(folder, '.half.tmp'), 4e9, 4e9);
  assert.equal(cache.find(key as Digest)![0]!.content.digest, 'b'.repeat(32));
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
  const half = { path: 'p', content: content('f'.repeat(32)) };
  cache.save(key as Digest, { ...entry, outs: [...result('b'.repeat(32)).outs, half] });
  assert.equal(cache.find(key as Digest), undefined, 'of two outputs one is there');
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1);
  cache.save(key as Digest, result('f'.repeat(32)));
  assert.equal(cache.find(key as Digest), undefined);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'z'), 'outs: [');
  utimesSync(join(folder, 'z'), 4e9, 4e9);
  assert.equal(cache.find(key as Digest), undefined);
});

test('a record without outputs is none', () => {
  const text = 'cmd: x\nouts:\n- path: a\n  md5: 401b30e3b8b5d629635a5c613cdb7919\n  size: 1\n';
  assert.equal(layouts.dvc.runs.parse(text)?.length, 1);
  for (const none of ['cmd: x\n', 'cmd: x\nouts: []\n', '', 'x'])
    assert.equal(layouts.dvc.runs.parse(none), undefined, none);
});
