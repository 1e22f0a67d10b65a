// What is remembered of fresh stages never shows: after any edit `status` says the same as without the memory.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { sampleOf, testInWhole } from '../amount.ts';
import { copiesOf, type TestWorkspace } from '../workspace.ts';

const MEMORY = 'cache/state/fresh';
const STAT = 'cache/state/stat.db';
const members = Array.from({ length: 60 }, (_, n) => n);

/** Enough stages that pipeline files are remembered as they were loaded. */
const pipeline = `stages:
  each:
    foreach: [${members.join(', ')}]
    do:
      cmd: cat in/\${item} > out/\${item}
      deps: ['in/\${item}']
      outs: ['out/\${item}']
  tuned: {cmd: cat settings.yaml > tuned, params: [settings.yaml: [depth]], outs: [tuned]}
  folder: {cmd: ls data > names, deps: [data], outs: [names]}
  join: {cmd: cat out/1 names tuned > all, deps: [out/1, names, tuned], outs: [all]}
  last: {cmd: cat all > last, deps: [all], outs: [last]}
`;

const project = copiesOf(
  {
    'pipeline.yaml': pipeline,
    'settings.yaml': 'depth: 1\nother: 1\n',
    'data/x': 'x',
    'data/y': 'y',
    ...Object.fromEntries(members.map((n) => [`in/${n}`, `${n}\n`])),
  },
  async ({ expect }) => {
    await expect(0, 'repro', '-j4');
  },
);

/** Files that were just written are not remembered at once. */
async function remembered(workspace: TestWorkspace): Promise<void> {
  do await workspace.expect(0, 'status');
  while (!existsSync(workspace.path(MEMORY)));
}

async function bothWays({ expect }: TestWorkspace): Promise<void> {
  const withIt = await expect(0, 'status', '--json');
  process.env['PIPE_NO_FAST_ANSWER'] = '1';
  try {
    assert.equal(withIt.stdout, (await expect(0, 'status', '--json')).stdout);
  } finally {
    delete process.env['PIPE_NO_FAST_ANSWER'];
  }
}

type Edit = (workspace: TestWorkspace) => unknown;

const edits: Readonly<Record<string, Edit>> = {
  'an input has other content': ({ write }) => write('in/1', 'another\n'),
  'an input that is written again as it was': ({ write }) => write('in/2', '2\n'),
  'an input that is executable': ({ path }) => chmodSync(path('in/3'), 0o755),
  'an input is gone': ({ remove }) => remove('in/4'),
  'an input is a folder': ({ remove, write }) => (remove('in/5'), write('in/5/x', '5\n')),
  'an input is a link': ({ remove, path }) => (remove('in/6'), symlinkSync('7', path('in/6'))),
  'a folder has another file': ({ write }) => write('data/z', 'z'),
  'an output has other content': ({ write }) => write('out/8', 'another\n'),
  'an output is gone': ({ remove }) => remove('out/9'),
  'a parameter has another value': ({ write }) => write('settings.yaml', 'depth: 2\nother: 1\n'),
  'another parameter has another value': ({ write }) => write('settings.yaml', 'depth: 1\nother: 2\n'),
  'a parameter file is gone': ({ remove }) => remove('settings.yaml'),
  'a command is another': ({ write }) => write('pipeline.yaml', pipeline.replace('ls data', 'ls -1 data')),
  'an output is no longer declared': ({ write }) =>
    write('pipeline.yaml', pipeline.replace(/ {2}last: .*\n/, '')),
  'a stage is frozen': ({ write }) =>
    write('pipeline.yaml', pipeline.replace('deps: [all],', 'deps: [all], frozen: true,')),
  'a record has another digest': ({ read, write }) =>
    write('pipeline.lock', read('pipeline.lock').replace(/(out\/10\n[^]*?sha256: )\w{4}/, '$10000')),
  'a record is of another command': ({ read, write }) =>
    write('pipeline.lock', read('pipeline.lock').replace('"cat in/11', '"cat  in/11')),
  'records are written by hand': ({ read, write }) =>
    write(
      'pipeline.lock',
      read('pipeline.lock')
        .replaceAll('  each@', '  "each@')
        .replaceAll(/^( {2}"each@\d+):/gm, '$1":'),
    ),
  'nothing is recorded': ({ remove }) => remove('pipeline.lock'),
  'a run edited one stage': async ({ write, expect }) => {
    write('in/12', 'another\n');
    assert.match((await expect(0, 'repro')).stdout, /1 ran, 63 fresh/);
  },
  'a run failed': async ({ write, expect }) => {
    write('pipeline.yaml', pipeline.replace('cat all > last', 'echo part > last; false'));
    await expect(1, 'repro');
    write('pipeline.yaml', pipeline);
  },
};

for (const [what, edit] of sampleOf(Object.entries(edits), 8))
  test(`the same with the memory: ${what}`, async (t) => {
    const workspace = await project(t);
    await remembered(workspace);
    await edit(workspace);
    await bothWays(workspace);
    // What was remembered of the edited project.
    await bothWays(workspace);
  });

test('a stage of which nothing changed is not looked up, also after a run of others', async (t) => {
  const workspace = await project(t);
  await remembered(workspace);
  const stat = workspace.path(STAT);
  rmSync(stat);
  assert.match((await workspace.expect(0, 'status')).stdout, /64 fresh|up to date/);
  // The folder is looked at, and not much else.
  assert.equal(readFileSync(stat, 'utf8').includes('in/13"'), false);
  workspace.write('in/12', 'another\n');
  await workspace.expect(0, 'repro');
  assert.equal(readFileSync(stat, 'utf8').includes('in/13"'), false);
});

test('an output that is restored is looked at again by the stage that reads it', async (t) => {
  const workspace = await project(t);
  await remembered(workspace);
  // One among so many files would be hashed again.
  for (const n of [1, 2, 3, 4]) workspace.write(`out/${n}`, 'another\n');
  const before = workspace.read(STAT);
  // Until the digests are known.
  do await workspace.expect(0, 'status');
  while (workspace.read(STAT) === before);
  assert.match((await workspace.expect(0, 'repro')).stdout, /4 restored, 60 fresh/);
  assert.equal(workspace.read('out/1'), '1\n');
  await bothWays(workspace);
});

test('a damaged memory is none', async (t) => {
  const workspace = await project(t);
  await remembered(workspace);
  // Forced, all would run.
  assert.doesNotMatch((await workspace.expect(0, 'repro', '-f', '--dry')).stdout, /fresh|up to date/);
  assert.match((await workspace.expect(0, 'repro', '-f', '-s', 'each@1')).stdout, /^1 ran/m);
  const file = workspace.path(MEMORY);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
  workspace.write('in/1', 'another\n');
  await bothWays(workspace);
});

test('what was hashed afresh is not decided from memory', async (t) => {
  const workspace = await project(t);
  await remembered(workspace);
  await workspace.expect(0, 'verify', '--inputs');
  assert.equal(existsSync(workspace.path(MEMORY)), false);
});

testInWhole('an output that a stage wrote again is not recorded as it was when it was looked at', async (t) => {
  const workspace = await project(t);
  const { write, expect, read } = workspace;
  write('seed', 'first\n');
  write('pipeline.yaml', `${pipeline}  s: {cmd: cat seed > a && echo b > b, deps: [in/1], outs: [a, {b: {cache: false}}]}\n`);
  await expect(0, 'repro');
  await remembered(workspace);
  write('seed', 'second\n');
  write('b', 'by hand\n');
  assert.match((await expect(0, 'repro')).stdout, /1 ran/);
  assert.ok(read('pipeline.lock').includes(hash('sha256', 'second\n')));
}); // prettier-ignore
