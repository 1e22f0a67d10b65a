import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { WorkspacePath } from '../../src/base/base.ts';
import type { Content, Digest } from '../../src/hash/hash.ts';
import type { Project, Stage } from '../../src/pipeline/pipeline.ts';
import {
  dvcData,
  dvcDataEntries,
  dvcImports,
  dvcLoading,
  formatDvcManifest,
  updateDvcFile,
  withMd5,
} from '../../src/dvc/dvc.ts';
import { readYaml } from '../../src/yaml/yaml.ts';
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

test('each of several outputs gets its own lines, however many they are', () => {
  const text = `outs:\n- path: a\n  md5: ${old}\n- path: b\n  md5: ${old}\n- path: c\n  md5: ${old}\n`;
  const outs = ['a', 'b', 'c'].map((path, index) => ({ path, content: content(now, { size: index + 1 }) }));
  assert.equal(
    updateDvcFile(text, outs),
    `outs:\n${outs.map(({ path, content: { size } }) => `- path: ${path}\n  md5: ${now}\n  size: ${size}\n  hash: md5\n`).join('')}`,
  );
});

test('a file becomes a folder, and the other way round', () => {
  const file = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`;
  const folder = `outs:\n- md5: ${now}.dir\n  size: 7\n  hash: md5\n  path: d\n  nfiles: 3\n`;
  assert.equal(updateDvcFile(file, [{ path: 'd', content: content(`${now}.dir`, { nfiles: 3 }) }]), folder);
  assert.equal(updateDvcFile(folder, [{ path: 'd', content: content(old, { size: 2 }) }]), file);
});

test('a file that is laid out otherwise than by DVC is laid out so first, with its comments', () => {
  const plain = `outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: d\n`;
  for (const [text, expected = plain] of [
    [`outs:\n  - md5: ${old}\n    size: 2\n    hash: md5\n    path: d\n`],
    [`outs:\n-   md5: ${old}\n    size: 2\n    hash: md5\n    path: d\n`],
    [
      `outs:\n  - md5: ${old}\n    size: 2\n    hash: md5\n    path: d\n    desc: ${'many words '.repeat(20)}x\n`,
      `${plain}  desc: ${'many words '.repeat(20)}x\n`,
    ],
    [`outs:\n-\n  md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`],
    [`outs:\n- 'md5': ${old}\n  "size": 2\n  hash : md5\n  path: d\n`],
    [`"outs": [{md5: ${old}, size: 2, hash: md5, path: d}]\n`],
    [`outs:\n- md5: ${old}\n\n  size: 2\n  hash: md5\n  path: d\n`, plain.replace('  size', '\n  size')],
    [
      `outs: # of one\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`,
      plain.replace('outs:', 'outs: # of one'),
    ],
    [`outs:\n# one\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`, plain.replace('-', '# one\n-')],
    [
      `outs:\n- md5: ${old}   # odd\n# two\n  size: 2\n  hash: md5\n  path: d\n# end\n`,
      `outs:\n- md5: ${now} # odd\n  # two\n  size: 7\n  hash: md5\n  path: d\n\n# end\n`,
    ],
    [
      `outs:\n- md5: ${old}   # odd\r\n  size: 2\n  hash: md5\n  path: d\n`,
      plain.replace('  size', '  size').replace(`${now}\n`, `${now}   # odd\r\n`),
    ],
  ] as const)
    assert.equal(updateDvcFile(text, [{ path: 'd', content: content(now) }]), expected, text);
  const indented = `deps:\n  - path: p\n    repo:\n        url: u\n        rev_lock: a\nouts:\n  - {md5: ${old}, size: 2, hash: md5, path: d}\n`;
  const origin = { declared: { kind: 'repository', url: 'u', path: 'p' }, locked: { rev: 'b' } } as const;
  const imported = updateDvcFile(indented, [{ path: 'd', content: content(now) }], origin);
  assert.match(imported, /^deps:\n- path: p\n {2}repo:\n {4}url: u\n {4}rev_lock: b\nouts:\n/);
  assert.ok(imported.includes(plain));
});

test('of an import the revision that is not followed any more goes, and the checksum that it lacked comes', () => {
  const text = `deps:\n- path: p\n  repo:\n    url: u\n    rev: old\n    rev_lock: a\nouts:\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n`;
  const declared = { kind: 'repository', url: 'u', path: 'p' } as const;
  const unfollowed = updateDvcFile(text, [undefined], { declared, locked: { rev: 'b' } });
  assert.match(unfollowed, /\n {2}repo:\n {4}url: u\n {4}rev_lock: b\nouts:/);
  for (const [outs, has] of [
    [[{ path: 'd', content: content(now) }], true],
    [[{ path: 'd', content: content(old, { size: 2 }) }], false],
    [[undefined], false],
  ] as const)
    assert.equal(/^md5: \w{32}$/m.test(updateDvcFile(text, outs, { declared, locked: undefined })), has);
});

test('what is merged by `<<` stays so, as DVC writes it, but for what cannot stay', () => {
  const edited = (text: string): string => updateDvcFile(text, [{ path: 'd', content: content(now) }]);
  for (const [text, expected] of [
    [
      `meta: &m {hash: md5, desc: k}\nouts:\n- <<: *m\n  md5: ${old}\n  size: 2\n  path: d\n`,
      `meta: &m {hash: md5, desc: k}\nouts:\n- <<: *m\n  md5: ${now}\n  size: 7\n  path: d\n`,
    ],
    [
      `meta: &m {md5: ${old}}\nouts:\n- path: d\n  <<: *m\n`,
      `meta: &m {md5: ${old}}\nouts:\n- path: d\n  <<: *m\n  md5: ${now}\n  size: 7\n  hash: md5\n`,
    ],
    [
      `meta: [&m {hash: md5}, &n {desc: k}]\nouts: [{<<: [*m, *n], md5: ${old}, path: d}]\n`,
      `meta:\n- &m\n  hash: md5\n- &n\n  desc: k\nouts:\n- <<:\n  - *m\n  - *n\n  md5: ${now}\n  path: d\n  size: 7\n`,
    ],
    [
      `meta: {t: &t {frozen: true}}\n<<: *t\nouts:\n- md5: ${old}\n  path: d\n`,
      `meta: {t: &t {frozen: true}}\n<<: *t\nouts:\n- md5: ${now}\n  path: d\n  size: 7\n  hash: md5\n`,
    ],
  ] as const)
    assert.equal(edited(text), expected);
  const repo = `meta: &m {url: u, rev_lock: a}\ndeps:\n- path: p\n  repo:\n    <<: *m\nouts:\n- md5: ${old}\n  path: d\n`;
  const origin = { declared: { kind: 'repository', url: 'u', path: 'p' }, locked: { rev: 'b' } } as const;
  assert.match(updateDvcFile(repo, [undefined], origin), /\n {4}<<: \*m\n {4}rev_lock: b\nouts:/);
  const far = `meta: &m {hash: md5}\ndeps:\n- <<: *m\n  md5: ${old}\n  size: 2\n  path: /far\nouts:\n- md5: ${old}\n  path: d\n`;
  const fromFar = { declared: { kind: 'url', url: '/far' }, locked: { content: content(now) } } as never;
  assert.match(
    updateDvcFile(far, [undefined], fromFar),
    new RegExp(`\\ndeps:\\n- <<: \\*m\\n  md5: ${now}\\n  size: 7\\n  path: /far\\nouts:`),
  );
  assert.throws(
    () => edited(`meta: &m {version_id: v}\nouts:\n- <<: *m\n  md5: ${old}\n  path: d\n`),
    /not laid out as DVC/,
  );
});

/** Texts that no line can be changed in as it is, or that end otherwise than with a line of their own; each of `d` with the digest `old`. */
const odd: Readonly<Record<string, string>> = {
  'an anchor of a record': `outs:\n- md5: &m ${old}\n  size: &s 2\n  hash: md5\n  path: d\nmeta: {m: *m, s: *s}\n`,
  'an anchor of an output': `outs:\n- &o\n  md5: ${old}\n  size: 2\n  hash: md5\n  path: d\nmeta: {o: *o}\n`,
  'a merged anchor of an output': `outs:\n- <<: &o\n    desc: k\n    md5: ${old}\n  path: d\nmeta: {<<: *o}\n`,
  'a folded digest': `outs:\n- md5: >-\n    ${old}\n  size:\n    2\n  hash:\n    md5\n  path: |-\n    d\n`,
  'an end of the document': `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  path: d\n...\n# end\n`,
  'blank lines that count': `outs:\n- md5: ${old}\n  path: d\n  desc: |+\n    kept\n\nmeta: {k: v}\n`,
  'a frozen file, on two lines': `outs:\n- md5: ${old}\n  path: d\nfrozen:\n  true\n`,
  'a byte order mark': `\ufeffouts:\r\n- md5: ${old}\r\n  path: d\r\nfrozen: true\r\n`,
};

test('whatever the layout is, what is read afterwards is what was wanted', (t) => {
  const { project, stage } = declared(t, { 'x.dvc': '' });
  const valuesOf = (text: string): ReadonlyMap<unknown, unknown> =>
    readYaml(text, 'x').value as ReadonlyMap<unknown, unknown>;
  for (const [name, text] of Object.entries(odd)) {
    const [before] = valuesOf(text).get('outs') as readonly ReadonlyMap<unknown, unknown>[];
    const others = [...valuesOf(text)].filter(([key]) => key !== 'outs' && key !== 'frozen');
    const frozen = [...valuesOf(text)].filter(([key]) => key === 'frozen');
    const check = (after: string, out: object, isFrozen = frozen): void =>
      assert.deepEqual(
        valuesOf(after),
        new Map([...others, ['outs', [new Map([...before!, ...Object.entries(out)])]], ...isFrozen] as never),
        `${name}: ${after}`,
      );
    const record = { md5: now, size: 7n, hash: 'md5' };
    check(updateDvcFile(text, [{ path: 'd', content: content(now) }]), record);
    writeFileSync(join(project.root, 'x.dvc'), text);
    const changed = dvcData.change(project, [stage('x.dvc')], { desc: 'a: b' }).get(at('x.dvc'));
    check(changed!, { desc: 'a: b' });
    check(dvcData.setFrozen!(text, true, 'x.dvc'), {}, [['frozen', true]]);
    check(dvcData.setFrozen!(text, false, 'x.dvc'), {}, []);
  }
});

test('a digest of digits alone keeps them in another layout', () => {
  const digits = '12345678901234567890123456789012';
  const text = `outs: [{md5: ${digits}, path: a}, {md5: ${digits.replace('1', 'e')}, path: b}]\n`;
  const after = updateDvcFile(text, [undefined, { path: 'b', content: content(now) }]);
  assert.match(after, new RegExp(`^outs:\n- md5: ${digits}\n {2}path: a\n- md5: ${now}\n`));
});

test('the checksum of an import is that of its values, wherever and however it is written', () => {
  const imported = `deps:\n- path: p\n  repo: # of others\n    url: u\n\n    # which\n    rev_lock: a\nouts:\n- md5: '${old}' # mine\n  size: 2\n  hash: md5\n  path: d\n`;
  const origin = { declared: { kind: 'repository', url: 'u', path: 'p' }, locked: { rev: 'b' } } as const;
  const next = (text: string): string => updateDvcFile(text, [{ path: 'd', content: content(now) }], origin);
  const after = next(`md5: ${old} # of all\n${imported}`);
  const md5 = /^md5: (\w+) # of all\n/.exec(after)![1]!;
  assert.equal(
    after.slice(after.indexOf('\n') + 1),
    imported.replace('rev_lock: a', 'rev_lock: b').replace(`'${old}'`, now).replace('size: 2', 'size: 7'),
  );
  const crlf = `md5: ${old}\n${imported}`.replaceAll('\n', '\r\n');
  for (const text of [`${imported}md5: ${old}`, `${imported}...\n`, crlf, imported])
    assert.match(next(text), new RegExp(`^md5: ${md5}\r?$`, 'm'), text);
});

test('the versions that other content has in cloud storage go, and all else stays', () => {
  const cloud = '  cloud:\n    s3:\n      etag: x\n      version_id: y\n';
  const versioned = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  version_id: x\n  path: d\n${cloud}  desc: kept\n`;
  assert.equal(
    updateDvcFile(versioned, [{ path: 'd', content: content(now) }]),
    `outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: d\n  desc: kept\n`,
  );
});

test('the checksum of an import counts no description, nor the order of keys', () => {
  const imported = `md5: ${old}\ndeps:\n- etag: x\n  path: https://example.com/d\nouts:\n- md5: ${now}\n  size: 2\n  hash: md5\n  path: d\n`;
  const turned = imported.replace(/- (etag: x)\n {2}(path: .*)/, '- $2\n  $1');
  const texts = [
    imported,
    `desc: whose\n${imported}`,
    turned,
    `${imported}  isexec: true\n  persist: true\n`,
  ];
  const [plain, ...others] = texts.map((text) => /^md5: (\w+)$/m.exec(withMd5(text))?.[1]);
  assert.notEqual(plain, old);
  assert.deepEqual(others, [plain, plain, plain]);
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
  const cloud = `outs:\n- md5: ${old}\n  size: 2\n  hash: md5\n  version_id: x\n  path: data.csv\n`;
  writeFileSync(join(root, 'data.csv.dvc'), cloud);
  entries.write(stage, { ...read, outs: [{ path: 'data.csv', content: content(old, { size: 2 }) }] });
  assert.equal(
    readFileSync(join(root, 'data.csv.dvc'), 'utf8'),
    cloud,
    'a version of the same content stays',
  );
  entries.write(stage, { ...read, outs: [{ path: 'data.csv', content: content(now) }] });
  assert.equal(
    readFileSync(join(root, 'data.csv.dvc'), 'utf8'),
    cloud.replace(`${old}\n  size: 2`, `${now}\n  size: 7`).replace('  version_id: x\n', ''),
  );
  const ofTwo = `outs:\n- md5: ${now}\n  size: 7\n  hash: md5\n  path: other\n${cloud.replace('outs:\n', '')}`;
  writeFileSync(join(root, 'data.csv.dvc'), ofTwo);
  entries.write(stage, {
    ...read,
    outs: [
      { path: 'other', content: content(old) },
      { path: 'data.csv', content: content(old, { size: 2 }) },
    ],
  });
  assert.equal(readFileSync(join(root, 'data.csv.dvc'), 'utf8'), ofTwo.replace(now, old));
  const part = `outs:\n- md5: ${now}.dir\n  nfiles: 3\n  hash: md5\n  path: d\n`;
  writeFileSync(join(root, 'data.csv.dvc'), part);
  assert.equal(entries.read(stage)!.outs[0]!.unsized, true, 'a folder that was updated in part');
  writeFileSync(join(root, 'data.csv.dvc'), 'outs:\n- path: new\n');
  assert.equal(entries.read(stage), undefined);
});

/** A repository with these files; each `.dvc` file as a stage. */
function declared(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): { project: Project; stage: (file: string) => Stage } {
  const root = mkdtempSync(join(tmpdir(), 'pipe-data-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return {
    project: { root } as Project,
    stage: (file) => dvcLoading.loadDataFile(root, file as WorkspacePath),
  };
}

const at = (path: string): WorkspacePath => path as WorkspacePath;

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
