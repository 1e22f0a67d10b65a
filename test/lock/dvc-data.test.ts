// Files of data of DVC: only what changed is written, and all else stays as it was laid out.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dvcData, dvcDataEntries, updateDvcFile, withMd5 } from '../../src/dvc/dvc.ts';
import { readYaml } from '../../src/yaml/yaml.ts';
import { makeStage } from '../show/stages.ts';
import { at, content, declared, now, old } from './dvc-contents.ts';

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
