import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Content, Digest } from '../../src/hash/hash.ts';
import { dvcDataEntries, updateDvcFile } from '../../src/dvc/dvc.ts';
import { makeStage } from '../show/stages.ts';

const content = (digest: string, more: Partial<Content> = {}): Content => ({
  digest: digest as Digest,
  size: 7,
  ...more,
});
const old = '401b30e3b8b5d629635a5c613cdb7919';
const now = 'd8e8fca2dc0f896fd7cb4cb0031ba249';

const written = `# kept
outs:
- md5: ${old}
  size: 2
  hash: md5
  path: data.csv
  desc: 'a: b'
- path: other
  md5: ${old}
meta: {k: v}
`;

test('only digests are written anew', () => {
  const outs = [
    { path: 'data.csv', content: content(now) },
    { path: 'other', content: content(old, { legacy: true }) },
  ];
  assert.equal(
    updateDvcFile(written, outs),
    written
      .replace(`- md5: ${old}\n  size: 2`, `- md5: ${now}\n  size: 7`)
      .replace(`  md5: ${old}\nmeta`, `  md5: ${old}\n  size: 7\nmeta`),
  );
});

test('a file becomes a folder, and the other way round', () => {
  const file = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`;
  const folder = `outs:\n- md5: ${now}.dir\n  size: 7\n  hash: md5\n  path: d\n  nfiles: 3\n`;
  assert.equal(updateDvcFile(file, [{ path: 'd', content: content(`${now}.dir`, { nfiles: 3 }) }]), folder);
  assert.equal(updateDvcFile(folder, [{ path: 'd', content: content(old, { size: 2 }) }]), file);
});

test('the versions that other content has in cloud storage go, and all else stays', () => {
  const cloud = '  cloud:\n    s3:\n      etag: x\n      version_id: y\n';
  const versioned = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  version_id: x\n  path: d\n${cloud}  desc: kept\n`;
  assert.equal(
    updateDvcFile(versioned, [{ path: 'd', content: content(now) }]),
    `outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: d\n  desc: kept\n`,
  );
});

test('an entry of DVC 2 that changed names its hash', () => {
  const text = `outs:\n- md5: ${old}\n  size: 2\n  path: d\n`;
  assert.equal(
    updateDvcFile(text, [{ path: 'd', content: content(now) }]),
    `outs:\n- md5: ${now}\n  size: 7\n  path: d\n  hash: md5\n`,
  );
});

test('is read as an entry of a lock file would be', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-data-'));
  t.after(() => rmSync(root, { recursive: true }));
  const stage = makeStage('data.csv.dvc', { cmd: null, file: 'data.csv.dvc' as never });
  writeFileSync(join(root, 'data.csv.dvc'), written);
  const entries = dvcDataEntries(root, join(root, '.dvc/tmp/pipe'));
  const read = entries.read(stage)!;
  assert.deepEqual(
    read.outs.map(({ path, content: { digest, legacy } }) => [path, digest, legacy]),
    [
      ['data.csv', old, undefined],
      ['other', old, true],
    ],
  );
  entries.write(stage, { ...read, outs: read.outs.map((out) => ({ ...out, content: content(now) })) });
  assert.match(
    readFileSync(join(root, 'data.csv.dvc'), 'utf8'),
    new RegExp(`md5: ${now}\n {2}size: 7\n {2}hash: md5`),
  );
  const part = `outs:\n- md5: ${now}.dir\n  nfiles: 3\n  hash: md5\n  path: d\n`;
  writeFileSync(join(root, 'data.csv.dvc'), part);
  assert.equal(entries.read(stage)!.outs[0]!.unsized, true, 'a folder that was updated in part');
  writeFileSync(join(root, 'data.csv.dvc'), 'outs:\n- path: new\n');
  assert.equal(entries.read(stage), undefined);
});
