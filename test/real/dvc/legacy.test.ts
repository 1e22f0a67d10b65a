// Repositories that DVC 2 left behind: entries without a hash name, md5 of text with its line ends normalised, objects
// in the old place of the cache.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeTwins, type Repository } from './twins.ts';

const files = {
  'dvc.yaml': `stages:
  copy:
    cmd: cp in.txt out.txt
    deps: [in.txt]
    outs: [out.txt]
  fold:
    cmd: mkdir -p d/e && cp data.txt d/e/data && echo x > d/x
    deps: [data.txt, other.txt]
    outs: [d]
    metrics: [{m.json: {cache: false}}]
`.replace('echo x > d/x', `echo x > d/x && echo '{"a":1}' > m.json`),
  'in.txt': 'one\r\ntwo\r\n',
  'data.txt': 'a\nb\n',
  'other.txt': 'x\r\n',
};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Rewrites what DVC 3 recorded into what DVC 2 would have. */
function makeOld(at: Repository): void {
  for (const name of ['dvc.lock', 'data.txt.dvc']) {
    let text = at.read(name).replaceAll(/^ *hash: md5\n/gm, '');
    for (const crlf of [files['in.txt'], files['other.txt']])
      text = text.replaceAll(md5(crlf), md5(crlf.replaceAll('\r\n', '\n')));
    at.remove(name);
    at.write(name, text);
  }
  const cache = join(at.root, '.dvc/cache');
  const recorded = [...(at.read('dvc.lock') + at.read('data.txt.dvc')).matchAll(/md5: (\S+)/g)];
  for (const [, digest] of recorded) moveObject(cache, digest!);
  moveObject(cache, md5(files['in.txt']), md5(files['in.txt'].replaceAll('\r\n', '\n')));
  for (const digest of [md5('x\n'), md5('a\nb\n')]) moveObject(cache, digest);
}

function moveObject(cache: string, from: string, to = from): void {
  const old = join(cache, 'files/md5', from.slice(0, 2), from.slice(2));
  const place = join(cache, to.slice(0, 2), to.slice(2));
  mkdirSync(dirname(place), { recursive: true });
  try {
    renameSync(old, place);
  } catch {
    // Moved before, or never kept.
  }
}

test('entries of DVC 2 hold until their content changes', { timeout: 600_000 }, async (t) => {
  const twins = makeTwins(t, files);
  const first = await twins.step('by DVC 3', 'dvc', (at) => assert.equal(at.dvc('add', 'data.txt').code, 0));
  assert.deepEqual(first.ran, ['copy', 'fold']);
  const old = await twins.step('as DVC 2 left it', 'pipe', (at) => {
    makeOld(at);
    rmSync(join(at.root, '.dvc/cache/runs'), { recursive: true });
  });
  assert.deepEqual([old.ran, old.restored], [[], []]);
  assert.ok(!twins.shared.read('dvc.lock').includes('hash:'));
  const lost = await twins.step('outputs are lost', 'pipe', (at) => {
    at.remove('out.txt');
    at.remove('d');
  });
  assert.deepEqual(lost.restored, ['copy', 'fold']);
  const unix = await twins.step('other line ends are no change', 'pipe', (at) => {
    at.remove('in.txt');
    at.write('in.txt', 'one\ntwo\n');
  });
  assert.deepEqual(unix.ran, []);
  const changed = await twins.step('one of two dependencies changes', 'pipe', (at) => {
    at.remove('other.txt');
    at.write('other.txt', 'y\r\n');
  });
  assert.deepEqual(changed.ran, ['fold']);
  await twins.step('nothing', 'dvc');
  await twins.step('data', 'pipe', (at) => {
    at.remove('data.txt');
    at.write('data.txt', 'c\r\n');
  });
  await twins.step('nothing', 'pipe');
});
