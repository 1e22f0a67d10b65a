// Data that is declared in files of DVC: what is said of it there, when it is added, imported or moved.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import {
  dvcData,
  dvcDataEntries,
  dvcImports,
  formatDvcManifest,
  updateDvcFile,
  withMd5,
} from '../../src/dvc/dvc.ts';
import { at, content, declared, now, old } from './dvc-contents.ts';

test('what is imported from a database has no dependency in the workspace', (t) => {
  const { stage } = declared(t, {
    'q.dvc':
      'always_changed: true\ndeps:\n- {path: q, db: {connection: c, query: q}}\n- path: a\nouts:\n- path: q.csv\n',
    'plain.dvc': 'outs:\n- path: plain\n',
  });
  const { deps, alwaysChanged, outs } = stage('q.dvc');
  assert.deepEqual([deps, alwaysChanged], [[{ path: 'a', at: 'a' }], true]);
  assert.equal(stage('plain.dvc').alwaysChanged, false);
  assert.deepEqual([outs[0]!.push, outs[0]!.cache, outs[0]!.persist], [true, true, false]);
});

test('an option that is changed has its place in the order of DVC', (t) => {
  const text = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n  push: false\nmeta: {k: v}\n`;
  const { project, stage } = declared(t, { 'd.dvc': text });
  const changed = (options: object): string | undefined =>
    dvcData.change(project, [stage('d.dvc')], options).get(at('d.dvc'));
  assert.equal(stage('d.dvc').outs[0]!.push, false);
  assert.equal(changed({ desc: 'what' }), text.replace('path: d\n', 'path: d\n  desc: what\n'));
  assert.equal(changed({ remote: 'r' }), text.replace('  push', '  remote: r\n  push'));
  assert.equal(changed({ push: true }), text.replace('  push: false\n', ''));
});

test('a file that went away meanwhile is written with all that it said', (t) => {
  const text = `outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: d\n  desc: of it\n  type: model\n  labels:\n  - a\n  - b\n  meta:\n    k: v\n  cache: false\n  persist: true\n  remote: r\n  push: false\n`;
  const { project, stage } = declared(t, { 'd.dvc': text });
  const known = stage('d.dvc');
  const entries = dvcDataEntries(project.root, project.root);
  const entry = entries.read(known)!;
  rmSync(join(project.root, 'd.dvc'));
  entries.write(known, entry);
  assert.equal(readFileSync(join(project.root, 'd.dvc'), 'utf8'), text);
});

test('frozen or not, as DVC 1 wrote it, too', () => {
  const freeze = (text: string, frozen: boolean): string => dvcData.setFrozen!(text, frozen, 'x.dvc');
  for (const text of ['outs:\n- path: d\n', 'outs:\n- path: d'])
    assert.equal(freeze(text, true), 'outs:\n- path: d\nfrozen: true\n');
  assert.equal(freeze('frozen: true\nouts:\n- path: d\n', false), 'outs:\n- path: d\n');
  assert.equal(freeze('locked: true\nouts:\n- path: d\n', false), 'outs:\n- path: d\n');
  assert.equal(
    freeze('outs:\n- path: d\nfrozen: true # why\n', true),
    'outs:\n- path: d\nfrozen: true # why\n',
  );
});

test('data that was added is declared with all that was said about it', (t) => {
  const { project } = declared(t, { 'b.dvc': 'outs:\n- path: b\n' });
  const declare = (more: object): string | undefined =>
    dvcData
      .declare({ root: project.root, pipelineFile: 'dvc.yaml' } as never, at('.'), [
        { at: at('in/a'), ...more },
      ])
      .get(at('in/a.dvc'));
  assert.equal(declare({}), 'outs:\n- path: a\n');
  assert.equal(
    declare({ push: false, remote: 'r', desc: 'd' }),
    'outs:\n- path: a\n  desc: d\n  remote: r\n  push: false\n',
  );
  const both = dvcData.declare(project, at('.'), [{ at: at('c') }, { at: at('in/d') }]);
  assert.deepEqual([...both.keys()], ['c.dvc', 'in/d.dvc']);
  assert.deepEqual(
    [...dvcData.declare(project, at('.'), [{ at: at('in/e'), file: at('in/f/g.dvc') }])],
    [['in/f/g.dvc', 'outs:\n- path: ../e\n']],
  );
  assert.throws(
    () => dvcData.declare(project, at('.'), [{ at: at('c') }, { at: at('b') }]),
    /'b.dvc' exists/,
  );
});

const origin = { kind: 'url', url: 'raw.csv', at: at('raw.csv') } as const;
const source = { kind: 'repository', url: 'https://h/r', path: 'x', rev: 'main', remote: 's' } as const;

test('imports: what is recorded, what people noted, and the checksum over both', (t) => {
  const notes = `desc: mine\ndeps: []\nouts:\n- path: d\n  desc: what\n  type: t\n  remote: r\n  push: false\nmeta: {k: v}\n`;
  const { project, stage } = declared(t, { 'in/d.dvc': notes, 'in/raw.csv': '' });
  const entry = {
    cmd: '',
    deps: [],
    params: new Map(),
    outs: [{ path: 'd', content: content(now) }],
    origin: { content: content(old) },
  };
  const declare = (imported: object, locked?: object): string =>
    dvcImports.declare(
      project,
      { folder: at('.'), existing: undefined, ...imported } as never,
      locked as never,
    ).text;
  const withoutMd5 = (text: string): string => text.replace(/^md5: [0-9a-f]{32}\n/m, '');
  const fresh = declare({ origin, out: at('in/new') }, entry);
  const dep = `deps:\n- md5: ${old}\n  size: 7\n  hash: md5\n  path: ../raw.csv\n`;
  assert.equal(
    withoutMd5(fresh),
    `frozen: true\n${dep}outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: new\n`,
  );
  // A path outside of the repository is written as it was given, if it was given beside the data.
  const far = { kind: 'url', url: '../far', at: at('/x/far') };
  for (const [folder, url, path] of [
    ['in', '../far', '../far'],
    ['.', '../far', '/x/far'],
    ['.', '/x/far', '/x/far'],
  ] as const)
    assert.ok(
      declare({ origin: { ...far, url }, out: at('in/far'), folder: at(folder) }, entry).includes(
        `\n  path: ${path}\nouts:`,
      ),
      path,
    );
  const again = declare({ origin, out: at('in/d'), existing: { file: 'in/d.dvc' } }, entry);
  assert.equal(
    withoutMd5(again),
    `desc: mine\nfrozen: true\n${dep}outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: d\n  desc: what\n  type: t\n  remote: r\n  push: false\nmeta:\n  k: v\n`,
  );
  assert.match(again, /^desc: mine\nmd5: /, 'after the description');

  // DVC takes a file with another checksum for one that was edited by hand.
  const other = [{ path: 'new', content: content(old) }];
  const next = updateDvcFile(fresh, other, { declared: origin, locked: entry.origin });
  const whole = declare({ origin, out: at('in/new') }, { ...entry, outs: other });
  assert.equal(next, whole);
  assert.notEqual(/md5: .*/.exec(next)![0], /md5: .*/.exec(fresh)![0]);
  const set = fresh.replace(/^frozen/m, 'always_changed: false\nwdir: .\nfrozen');
  const known = { declared: origin, locked: entry.origin };
  const md5Of = (text: string): string => /^md5: .*/m.exec(text)![0];
  assert.equal(md5Of(updateDvcFile(set, other, known)), md5Of(next), 'what is off does not count');

  // One that was edited by hand gets its own as soon as anything is recorded.
  const edited = fresh.replace('  path: new', '  path: newer');
  writeFileSync(join(project.root, 'in/newer.dvc'), edited);
  const entries = dvcDataEntries(project.root, project.root);
  const before = entries.read(stage('in/newer.dvc'))!;
  assert.equal(before.edited, true);
  entries.write(stage('in/newer.dvc'), before);
  assert.equal(entries.read(stage('in/newer.dvc'))!.edited, undefined);
  const written = readFileSync(join(project.root, 'in/newer.dvc'), 'utf8');
  assert.equal(withoutMd5(written), withoutMd5(edited));

  const foreign = declare({ origin: source, out: at('r') });
  assert.equal(
    foreign,
    'frozen: true\ndeps:\n- path: x\n  repo:\n    url: https://h/r\n    rev: main\n    remote: s\nouts:\n- hash: md5\n  path: r\n',
  );
  const locked = updateDvcFile(foreign, [other[0]], {
    declared: { ...source, rev: 'v2' },
    locked: { rev: 'abc' },
  });
  assert.match(locked, /url: https:\/\/h\/r\n {4}rev: v2\n {4}remote: s\n {4}rev_lock: abc\nouts:/);
  const later = updateDvcFile(locked, [undefined], { declared: source, locked: { rev: 'def' } });
  assert.match(later, / {4}rev: main\n {4}remote: s\n {4}rev_lock: def\n/);
  writeFileSync(join(project.root, 'r.dvc'), later);
  assert.deepEqual(stage('r.dvc').origin, source);
  assert.deepEqual(dvcDataEntries(project.root, project.root).read(stage('r.dvc'))!.origin, { rev: 'def' });
  writeFileSync(
    join(project.root, 'n.dvc'),
    'deps:\n- path: x\n  repo:\n    url: https://h/r\nouts:\n- path: n\n',
  );
  assert.deepEqual(stage('n.dvc').origin, { kind: 'repository', url: 'https://h/r', path: 'x' });
  const pinned = 'frozen: true\ndeps:\n- path: s3://bucket/x\n  version_id: one\nouts:\n- path: v\n';
  writeFileSync(join(project.root, 'v.dvc'), pinned);
  const { origin: versioned } = stage('v.dvc');
  assert.deepEqual([versioned?.kind, versioned?.foreign], ['url', ['version_id']]);
  writeFileSync(join(project.root, 'v.dvc'), pinned.replace('version_id: one', 'files: []'));
  assert.deepEqual(stage('v.dvc').origin?.foreign, ['files']);
  const configured = pinned.replace(
    's3://bucket/x\n  version_id: one',
    'x\n  repo: {url: u, config: c, remote: {url: v}}',
  );
  writeFileSync(join(project.root, 'c.dvc'), configured);
  assert.deepEqual(stage('c.dvc').origin, {
    kind: 'repository',
    url: 'u',
    path: 'x',
    foreign: ['config', 'remote'],
  });
  assert.deepEqual(stage('in/newer.dvc').origin, { ...origin, url: '../raw.csv' });
});

test('data that moves: the file has its name, and what it was imported from is found', (t) => {
  const file = (path: string, from: string): string =>
    `md5: ${old}\nfrozen: true\nwdir: ..\ndeps:\n- path: ${from}\nouts:\n- path: ${path}\n`;
  const { project, stage } = declared(t, {
    'in/d.dvc': file('in/d', 'raw.csv'),
    'in/other.dvc': 'outs:\n- path: e\n',
  });
  const moved = dvcData.move(project, stage('in/d.dvc'), at('f'));
  assert.deepEqual([...moved.keys()], ['f.dvc', 'in/d.dvc']);
  assert.equal(moved.get(at('in/d.dvc')), undefined);
  const text = moved.get(at('f.dvc'))!;
  assert.equal(text.replace(/^md5: .*\n/, ''), 'frozen: true\ndeps:\n- path: raw.csv\nouts:\n- path: f\n');
  assert.doesNotMatch(text, new RegExp(`^md5: ${old}`), 'the checksum is that of the new text');
  assert.equal(withMd5(text), text);
  writeFileSync(join(project.root, 'in/named.dvc'), file('in/x', 'raw.csv'));
  const named = dvcData.move(project, stage('in/named.dvc'), at('f')).get(at('in/named.dvc'))!;
  assert.match(named, /wdir: \.\.\n[^]*outs:\n- path: f\n/);
  assert.equal(withMd5(named), named);
  writeFileSync(join(project.root, 'in/abs.dvc'), file('in/abs', '/far/raw.csv'));
  const fromFar = dvcData.move(project, stage('in/abs.dvc'), at('a/abs')).get(at('a/abs.dvc'))!;
  assert.match(fromFar, /deps:\n- path: \/far\/raw\.csv\n/);
  assert.throws(() => dvcData.move(project, stage('in/d.dvc'), at('in/other')), /'in\/other\.dvc' exists/);
  const deeper = dvcData.move(project, stage('in/d.dvc'), at('a/b/f')).get(at('a/b/f.dvc'))!;
  assert.match(deeper, /deps:\n- path: \.\.\/\.\.\/raw\.csv\nouts:\n- path: f\n/);
  const edited = file('in/d', 'raw.csv').replaceAll('\n', '\r\n');
  writeFileSync(join(project.root, 'in/d.dvc'), edited);
  const onWindows = dvcData.move(project, stage('in/d.dvc'), at('f')).get(at('f.dvc'))!;
  assert.doesNotMatch(onWindows, /wdir/);
  assert.equal(/^md5: (\w+)/.exec(onWindows)![1], /^md5: (\w+)/.exec(text)![1]);
  assert.deepEqual(
    [...dvcData.move(project, stage('in/other.dvc'), at('in/sub/g'))],
    [['in/other.dvc', 'outs:\n- path: sub/g\n']],
  );
});

test('DVC 1 calls a frozen file locked; files of a folder in cloud storage are one content', (t) => {
  const list = [
    { relpath: 'b', md5: now },
    { relpath: 'a', md5: old },
  ];
  const files = list
    .map(({ relpath, md5 }) => `  - relpath: ${relpath}\n    md5: ${md5}\n    size: 3\n`)
    .join('');
  const { project, stage } = declared(t, {
    'l.dvc': 'locked: true\nouts:\n- path: l\n',
    'v.dvc': `outs:\n- path: v\n  hash: md5\n  files:\n${files}`,
    'w.dvc': `outs:\n- path: w\n  hash: md5\n  files:\n${files}  - relpath: c\n    etag: ${old}\n    size: 3\n`,
  });
  assert.equal(stage('l.dvc').frozen, true);
  const [versioned] = dvcDataEntries(project.root, project.root).read(stage('v.dvc'))!.outs;
  const manifest = formatDvcManifest(
    list
      .toReversed()
      .map(({ relpath, md5 }) => ({ kind: 'file', path: relpath, digest: md5 as Digest, size: 3 })),
  );
  assert.deepEqual(
    [versioned!.content.digest, versioned!.content.size, versioned!.content.nfiles],
    [`${hash('md5', manifest)}.dir`, 6, 2],
  );
  const [other] = dvcDataEntries(project.root, project.root).read(stage('w.dvc'))!.outs;
  assert.deepEqual([other!.content.digest, other!.content.nfiles], ['unknown', 3], 'one without a digest');
});
