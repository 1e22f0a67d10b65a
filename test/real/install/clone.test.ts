// A clone on a machine whose Node is too old: npm brings a newer one, and where its scripts were off, each command says what to do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { installerEnvironment, nodeOf, npmProgram } from './node.ts';

const repository = resolve(import.meta.dirname, '../../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-clone-')));
const clone = join(folder, 'clone');
const old = join(folder, 'old');
after(() => rmSync(folder, { recursive: true }));

before(() => {
  const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = spawnSync('git', git, { cwd: repository, encoding: 'utf8', maxBuffer: 1e8 });
  for (const file of stdout.split('\0').filter(Boolean)) cpSync(join(repository, file), join(clone, file));
  mkdirSync(old);
  symlinkSync(nodeOf(20), join(old, 'node'));
  for (const name of ['npm', 'npx'] as const) symlinkSync(npmProgram(name), join(old, name));
});

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: clone,
    encoding: 'utf8',
    env: { ...installerEnvironment(), PATH: `${old}:/bin`, HOME: folder },
  });
  return { status, stdout, stderr };
}

const advice = (program: string, command: string): string =>
  `${program} needs Node 22.22 or newer, and this is VERSION: run \`${command}\` in ${clone}/.\n`;
const withoutVersion = (text: string): string => text.replace(/v20[\d.]+\d/, 'VERSION');

test('before `npm ci`, the commands say to run it', () => {
  for (const [program, args, name] of [
    ['bin/pipe.js', ['status'], 'pipe'],
    ['npm', ['--silent', 'start'], 'npm run start'],
    ['npm', ['--silent', 'test'], 'npm run build'],
  ] as const) {
    const { status, stdout, stderr } = run(program, ...args);
    assert.deepEqual([status, stdout], [1, ''], stderr);
    assert.equal(withoutVersion(stderr), advice(name, 'npm ci'));
  }
});

test('`npm ci --ignore-scripts` prints no warning, and the commands say what it left out', () => {
  const { status, stderr } = run('npm', 'ci', '--ignore-scripts');
  assert.deepEqual([status, stderr], [0, '']);
  for (const [program, args, name] of [
    ['bin/pipe.js', ['status'], 'pipe'],
    ['npx', ['pipe', 'status'], 'pipe'],
    ['npx', ['pipe', 'status'], 'pipe'],
    ['npx', ['denoising-autoencoder', 'info'], 'denoising-autoencoder'],
    ['npm', ['--silent', 'start'], 'npm run start'],
    ['npm', ['--silent', 'test'], 'npm run build'],
  ] as const) {
    const { status, stdout, stderr } = run(program, ...args);
    assert.deepEqual([status, stdout], [1, ''], stderr);
    assert.equal(withoutVersion(stderr), advice(name, 'npm ci --ignore-scripts=false'));
  }
  const newer = spawnSync(process.execPath, ['bin/pipe.js', 'status'], { cwd: clone, encoding: 'utf8' });
  assert.deepEqual(
    [newer.status, newer.stdout, newer.stderr],
    [1, '', `pipe is not built: run \`npm ci --ignore-scripts=false\` in ${clone}/.\n`],
  );
});

test('`npm ci` prints no warning, and the commands run on the Node that it brought', () => {
  const { status, stderr } = run('npm', 'ci');
  assert.deepEqual([status, stderr], [0, '']);
  for (const [program, args] of [
    ['bin/pipe.js', ['stage', 'list']],
    ['npx', ['pipe', 'stage', 'list']],
    ['npx', ['denoising-autoencoder', '--help']],
  ] as const) {
    const { status, stdout, stderr } = run(program, ...args);
    assert.deepEqual([status, stderr], [0, ''], program);
    assert.match(stdout, /download|denoise/);
  }
});
