// The code that a command ran is kept for the next run of it, beside Node's compile cache.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const program = resolve(import.meta.dirname, '../../bin/pipe.js');

function makeRunner(t: TestContext): {
  run: (args: readonly string[], env?: Readonly<Record<string, string>>) => string;
  kept: () => string[];
  folder: () => string;
  workspace: TestWorkspace;
} {
  const workspace = makeWorkspace(t, {});
  const cache = join(workspace.root, 'node-cache');
  const folder = (): string => join(cache, readdirSync(cache)[0]!);
  return {
    run(args, env = {}) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
        cwd: workspace.root,
        encoding: 'utf8',
        env: { ...process.env, NODE_COMPILE_CACHE: cache, ...env },
      });
      return `${status} ${stdout}${stderr}`;
    },
    kept: () => readdirSync(folder()).filter((name) => name.startsWith('pipe-')),
    folder,
    workspace,
  };
}

test('a command keeps its code once, and runs the same with it', (t) => {
  const { run, kept, folder } = makeRunner(t);
  const first = run(['cache', '--help']);
  assert.match(first, /^0 Usage: pipe cache/);
  const [name, ...others] = kept();
  assert.match(name!, /^pipe-[0-9a-f]{32}-cache-help$/);
  assert.deepEqual(others, []);
  const file = join(folder(), name!);
  const { mtimeMs, mode } = statSync(file);
  assert.equal(mode & 0o777, 0o600);
  assert.equal(run(['cache', '--help']), first);
  assert.equal(statSync(file).mtimeMs, mtimeMs);
});

test('commands of a command keep their code apart', (t) => {
  const { run, kept } = makeRunner(t);
  for (const second of ['show', 'diff', 'show']) run(['metrics', second, '--help']);
  run(['repro', 'show', '--help']);
  assert.deepEqual(
    kept().map((name) => name.replace(/^pipe-[0-9a-f]+-/, '')),
    ['metrics-diff-help', 'metrics-show-help', 'repro-help'],
  );
});

test('help leaves the code of its command to be kept', (t) => {
  const { run, kept, folder } = makeRunner(t);
  run(['stage', 'list', '--help']);
  run(['init']);
  run(['stage', 'list']);
  const sizes = ['stage-list-help', 'stage-list'].map((command) => {
    const name = kept().find((kept) => kept.endsWith(`-${command}`));
    return name === undefined ? 0 : statSync(join(folder(), name)).size;
  });
  assert.ok(0 < sizes[0]! && sizes[0]! < sizes[1]!, sizes.join(', '));
});

test('the code of a command in a large project is of use, though flags change while it runs', (t) => {
  const { run, kept, folder, workspace } = makeRunner(t);
  workspace.write('pipeline.yaml', `stages: {one: {cmd: ls}} # ${'large '.repeat(200_000)}\n`);
  run(['stage', 'list']);
  const file = join(folder(), kept()[0]!);
  const { mtimeMs } = statSync(file);
  assert.match(run(['stage', 'list']), /^0 one/);
  assert.equal(statSync(file).mtimeMs, mtimeMs);
});

test('what failed keeps no code', (t) => {
  const { run, kept } = makeRunner(t);
  assert.match(run(['no-such-command']), /^1 error/);
  assert.deepEqual(kept(), []);
});

test('code of something else is made again, and what is old is removed', (t) => {
  const { run, kept, folder } = makeRunner(t);
  const first = run(['cache', '--help']);
  const file = join(folder(), kept()[0]!);
  const old = join(folder(), 'pipe-00000000000000000000000000000000-repro');
  writeFileSync(old, '');
  utimesSync(old, 0, 0);
  for (const damaged of [Buffer.alloc(0), Buffer.alloc(5000), readFileSync(file).subarray(0, 3000)]) {
    writeFileSync(file, damaged);
    assert.equal(run(['cache', '--help']), first);
    assert.ok(statSync(file).size > 100_000);
  }
  assert.equal(kept().length, 1);
});

test('without a cache, or where nothing can be written, commands run', (t) => {
  const { run, kept, folder } = makeRunner(t);
  const first = run(['cache', '--help'], { NODE_DISABLE_COMPILE_CACHE: '1' });
  assert.match(first, /^0 Usage/);
  assert.equal(run(['cache', '--help']), first);
  // A folder in the place of the file.
  const name = kept()[0]!;
  mkdirSync(join(folder(), name.replace('-cache', '-stage')));
  assert.match(run(['stage', '--help']), /^0 Usage/);
  chmodSync(folder(), 0o500);
  assert.match(run(['exp', '--help']), /^0 Usage/);
  chmodSync(folder(), 0o700);
});
