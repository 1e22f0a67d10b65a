// `status` and `why` name the files of a folder that changed.
import assert from 'node:assert/strict';
import { readdirSync, utimesSync } from 'node:fs';
import test from 'node:test';
import { makeWorkspaceMostlyHere as makeWorkspace } from '../cli/here.ts';

const files = {
  'pipeline.yaml': `stages:
  count:
    cmd: ls data | wc -l > n.txt
    deps: [data]
    outs: [n.txt]
  copy:
    foreach: [1, 2]
    do:
      cmd: mkdir -p c\${item} && cp data/* c\${item}
      deps: [data]
      outs: ['c\${item}']
`,
  'data/a.csv': 'a',
  'data/b.csv': 'b',
  'data/c.csv': 'c',
};

test('files of a folder that a stage reads, and of one that it wrote', async (t) => {
  const workspace = makeWorkspace(t, files);
  await workspace.expect(0, 'repro');
  workspace.write('data/b.csv', 'changed');
  workspace.write('data/d.csv', 'new');
  workspace.remove('data/a.csv');
  assert.equal(
    (await workspace.expect(0, 'status')).stdout,
    `count: deps: data modified
    removed   a.csv
    modified  b.csv
    added     d.csv
copy: all 2 deps: data modified
    removed   a.csv
    modified  b.csv
    added     d.csv

3 stale, 0 fresh
`,
  );
  assert.match(
    (await workspace.expect(0, 'why', 'count')).stdout,
    /\n {2}≠ dep {3}data .*\n {8}removed {3}a\.csv\n {8}modified {2}b\.csv\n {8}added {5}d\.csv\n/,
  );
  await workspace.expect(0, 'repro');
  workspace.write('c1/b.csv', 'by hand');
  assert.equal(
    (await workspace.expect(0, 'status')).stdout,
    `copy@1: out modified: c1 (restorable from the cache)
    modified  b.csv

1 stale, 2 fresh
`,
  );
});

test('what was forgotten is not told', async (t) => {
  const workspace = makeWorkspace(t, files);
  const names = Array.from({ length: 500 }, (_, at) => `${String(at).padStart(32, '0')}.dir`);
  for (const name of names) {
    workspace.write(`cache/state/folders/${name}`, '');
    utimesSync(workspace.path(`cache/state/folders/${name}`), 1, name === names[7] ? 1 : 2);
  }
  await workspace.expect(0, 'repro', 'count');
  const left = readdirSync(workspace.path('cache/state/folders'));
  assert.deepEqual(
    names.filter((name) => !left.includes(name)),
    [names[7]],
    'the oldest of 501 went',
  );
  assert.equal(left.length, 500);
  workspace.remove('cache/state/folders');
  workspace.write('data/b.csv', 'changed');
  assert.match((await workspace.expect(0, 'status', 'count')).stdout, /^count: deps: data modified\n\n/);
});
