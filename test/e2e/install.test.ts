// The published package: what it contains, that it installs as one package, and that it works without anything else around it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installEngine, packEngine } from '../installed.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-install-')));
after(() => rmSync(folder, { recursive: true }));
const { tarball, size, files } = packEngine(folder);

test('the tarball has the command, the build, the schema and the licences, and no more', () => {
  const kinds =
    /^(?:bin\/[\w-]+\.js|dist\/[\w./-]+\.(?:js|cjs|map|wasm|(?:cjs|css|js)\.br)|schema\/pipeline\.schema\.json)$/;
  const others = files.map(({ path }) => path).filter((path) => !kinds.test(path));
  assert.deepEqual(others.sort(), [
    'LICENSE',
    'README.md',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/help.txt',
    'package.json',
  ]);
  assert.ok(size < 2e6, `${size} bytes`);
  const unpacked = files.reduce((sum, file) => sum + file.size, 0);
  assert.ok(unpacked < 5e6, `${unpacked} bytes unpacked`);
});

test('every bundled package has its licence in the notice', () => {
  const notice = readFileSync(join(import.meta.dirname, '../../dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  const map = readFileSync(join(import.meta.dirname, '../../dist/main.js.map'), 'utf8');
  const { sources } = JSON.parse(map) as { sources: readonly string[] };
  const bundled = new Set(
    sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
  );
  for (const file of readdirSync(join(import.meta.dirname, '../../dist/packages')))
    // The pages are made of several.
    if (!/\.(?:css|js)\.br$/.test(file)) bundled.add(file.replace(/(?:-js)?\.cjs(?:\.br)?$/, ''));
  for (const name of ['vega', 'vega-lite', 'vega-interpreter', 'preact']) bundled.add(name);
  assert.ok(bundled.has('commander') && bundled.has('yaml'));
  for (const name of bundled) assert.match(notice, new RegExp(`^${name} \\d+\\.`, 'm'));
});

test('installed globally it is one package, and it works in a bare environment', () => {
  const prefix = join(folder, 'préfix with spaces');
  mkdirSync(prefix);
  assert.match(installEngine(tarball, prefix), /^\s*added 1 package in \S+\s*$/);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const project = join(folder, 'projet été');
  mkdirSync(project);
  const pipe = (...args: readonly string[]) =>
    spawnSync(join(prefix, 'bin/pipe'), args, {
      cwd: project,
      encoding: 'utf8',
      // As after `env -i`.
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
  for (const args of [['init'], ['repro'], ['status'], ['dag'], ['repro', '--force']]) {
    const { status, stdout, stderr } = pipe(...args);
    assert.equal(status, 0, `pipe ${args.join(' ')}\n${stdout}${stderr}`);
    assert.equal(stderr, '', `pipe ${args.join(' ')}`);
  }
  assert.match(pipe('status').stdout, /up to date/);

  // Each bundled package that is loaded only where a project needs it.
  for (const [name, text] of Object.entries({
    'pipeline.yaml':
      'stages:\n  s:\n    cmd: node a.mjs > out\n    deps:\n      - a.mjs: {imports: true}\n' +
      "    params:\n      - 'p.toml': [lr]\n    outs: [out]\n",
    'a.mjs': "import './b.mjs';\n",
    'b.mjs': 'console.log(1);\n',
    'p.toml': 'lr = 0.5\n',
    '.pipeignore': '*.tmp\n',
  }))
    writeFileSync(join(project, name), text);
  const { status, stderr } = pipe('repro');
  assert.deepEqual([status, stderr], [0, '']);
  const locked = readFileSync(join(project, 'pipeline.lock'), 'utf8');
  assert.match(locked, /path: b\.mjs/);
  assert.match(locked, /lr: 0\.5/);
});

test('its manifest asks for no package and runs nothing at its installation', () => {
  const manifest = JSON.parse(
    spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout,
  ) as { scripts: object } & Record<string, unknown>;
  for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies'])
    assert.equal(manifest[key], undefined, key);
  // npm does not run `prepare` of a tarball, but warns of it.
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.ok(!(name in manifest.scripts), name);
});
