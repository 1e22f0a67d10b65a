// The wheel as a file: its names, its record, its metadata.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { sampleOf } from '../../../test/amount.ts';
import { metadataOf, pythonVersion } from '../src/metadata.ts';
import { makeWheel } from '../src/wheel.ts';

const root = resolve(import.meta.dirname, '../../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { name, bytes } = makeWheel(root);
const files = unzipSync(bytes);
const info = `pipe_engine-${version}.dist-info`;

test('the record has each file with its digest and its size', () => {
  const record = `${info}/RECORD`;
  const lines = Object.entries(files)
    .filter(([path]) => path !== record)
    .map(([path, content]) => {
      const digest = createHash('sha256').update(content).digest('base64url');
      return `${path},sha256=${digest},${content.length}\n`;
    });
  assert.equal(strFromU8(files[record]!), `${lines.join('')}${record},,\n`);
});

test('it has the files of the npm package', () => {
  const engine = Object.keys(files).filter((path) => path.startsWith('pipe_engine/_engine/'));
  for (const path of [
    'bin/pipe.js',
    'dist/fast.js',
    'dist/compare.js',
    'dist/main.js',
    'package.json',
    'schema/pipeline.schema.json',
  ])
    assert.ok(engine.includes(`pipe_engine/_engine/${path}`), path);
  for (const path of engine)
    assert.deepEqual(
      Buffer.from(files[path]!),
      readFileSync(join(root, path.replace('pipe_engine/_engine/', ''))),
      path,
    );
});

test('its bytes depend neither on the time zone nor on the locale', () => {
  const program = `
    import { makeWheel } from '${join(import.meta.dirname, '../src/wheel.ts')}';
    process.stdout.write(makeWheel('${root}').bytes);`;
  const places = [
    ['Pacific/Auckland', 'tr_TR.UTF-8'],
    ['America/Los_Angeles', 'C'],
  ] as const;
  for (const [TZ, LC_ALL] of sampleOf(places, 2)) {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, TZ, LC_ALL },
      maxBuffer: 1e8,
    });
    assert.ok(stdout.equals(bytes), TZ);
  }
});

test('its name, its folders and its metadata have the version of the npm package', () => {
  assert.equal(name, `pipe_engine-${version}-py3-none-any.whl`);
  assert.match(strFromU8(files[`${info}/METADATA`]!), new RegExp(`^Version: ${version}$`, 'm'));
  assert.match(
    strFromU8(files[`pipe_engine-${version}.data/scripts/pipe`]!),
    new RegExp(`^version=${version}$`, 'm'),
  );
});

test('the script alone can be run, of files that everybody can read', () => {
  const modes = new Map<string, number>();
  const archive = Buffer.from(bytes);
  // The headers of the archive's directory: attributes at 38, the name from 46 on.
  for (let at = archive.indexOf('PK\x01\x02'); at >= 0; at = archive.indexOf('PK\x01\x02', at + 1)) {
    const length = archive.readUInt16LE(at + 28);
    modes.set(archive.toString('utf8', at + 46, at + 46 + length), archive.readUInt32LE(at + 38) >>> 16);
  }
  assert.deepEqual([...modes.keys()].toSorted(), Object.keys(files).toSorted());
  for (const [path, mode] of modes)
    assert.equal(mode, path.endsWith('/scripts/pipe') ? 0o100755 : 0o100644, path);
});

test('each licence that the metadata names is a file', () => {
  const licences = [...strFromU8(files[`${info}/METADATA`]!).matchAll(/^License-File: (.*)$/gm)];
  assert.deepEqual(
    licences.map(([, file]) => file),
    ['LICENSE', 'THIRD-PARTY-LICENSES.txt'],
  );
  for (const [, file] of licences) assert.ok(files[`${info}/licenses/${file}`], file);
});

test('the metadata ends with the text for PyPI', () => {
  const text = metadataOf({ version: '1.2.3', description: 'Pipes.', license: 'MIT' }, '# pipe\n', []);
  assert.match(text, /\nDescription-Content-Type: text\/markdown\n\n# pipe\n$/);
});

for (const [npm, python] of [
  ['0.1.0', '0.1.0'],
  ['1.20.3', '1.20.3'],
  ['1.0.0-alpha.1', '1.0.0a1'],
  ['1.0.0-beta.12', '1.0.0b12'],
  ['1.0.0-rc.0', '1.0.0rc0'],
] as const)
  test(`version ${npm} is ${python} for Python`, () => assert.equal(pythonVersion(npm), python));

for (const npm of ['1.0', '1.0.0-next', '1.0.0-rc', '1.0.0+build'])
  test(`version ${npm} is refused`, () =>
    assert.throws(() => pythonVersion(npm), /is not a version that Python has/));
