// `--json` of every command that reports: one JSON text on stdout and nothing else; `-q`: nothing for people.
import assert from 'node:assert/strict';
import test from 'node:test';
import { sampleOf } from '../amount.ts';
import { makeWorkspaceMostlyHere } from '../cli/here.ts';

test('each command prints JSON, and nothing for people with -q', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, {
    'in.txt': '1\n',
    'pipeline.yaml': `stages:
  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
config: {remotes: {shared: {url: remote}}}
`,
    'remote/.keep': '',
  });
  await workspace.repro();
  const json = async (...args: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await workspace.expect(0, ...args, '--json')).stdout) as Record<string, unknown>;
  assert.deepEqual(Object.keys(await json('status')), [
    'counts',
    'stages',
    'vanished',
    'overlay',
    'updates',
    'run',
  ]);
  const why = await json('why', 'a');
  assert.equal(why['name'], 'a');
  assert.deepEqual(
    (why['fields'] as { kind: string }[]).map(({ kind }) => kind),
    ['cmd', 'wdir', 'dep', 'out'],
  );
  assert.equal((why['last'] as { what: string }).what, 'ran');
  assert.deepEqual(Object.keys(await json('dag')), ['nodes', 'edges']);
  assert.equal((await json('stage', 'list')).length, 1);
  assert.deepEqual(await json('checkout'), { checkout: [], saved: [], missing: [] });
  assert.deepEqual(await json('commit'), { recorded: [] });
  assert.deepEqual(Object.keys(await json('push')), ['remotes']);
  assert.deepEqual(Object.keys(await json('fetch')), ['remotes', 'runs', 'problems']);
  assert.deepEqual(Object.keys(await json('pull')), ['remotes', 'runs', 'problems', 'checkout', 'saved']);
  assert.deepEqual(await json('cache', 'path'), { path: workspace.path('cache') });
  assert.deepEqual(await json('cache', 'size'), { objects: 1, bytes: 2 });
  assert.equal((await json('cache', 'list')).length, 1);
  assert.deepEqual(await json('cache', 'saved'), []);
  assert.deepEqual(await json('verify'), { objects: 1, bytes: 2, damaged: [] });
  assert.deepEqual(await json('verify', '--inputs'), { inputs: 1, bytes: 2, differing: [] });
  assert.deepEqual(Object.keys(await json('gc', '--dry')), [
    'dry',
    'bytes',
    'removed',
    'kept',
    'unreadable',
    'projects',
  ]);
  assert.deepEqual(await json('unprotect'), { replaced: 0 });

  const quiet = [
    'status',
    'why a',
    'dag',
    'stage list',
    'checkout',
    'commit',
    'push',
    'fetch',
    'pull',
    'cache size',
    'cache list',
    'verify',
    'gc',
    'history',
    'logs a',
    'unprotect',
    'doctor',
    'freeze a',
    'unfreeze a',
  ];
  for (const command of sampleOf(quiet, 3))
    assert.equal((await workspace.expect(0, ...command.split(' '), '-q')).stdout, '', command);
});

test('-v names the project, the versions and the time taken, on stderr', async (t) => {
  const workspace = makeWorkspaceMostlyHere(t, { 'pipeline.yaml': 'stages: {}\n' });
  const { stdout, stderr } = await workspace.expect(0, 'cache', 'size', '-v');
  assert.equal(stdout, '0 objects, 0 B\n');
  assert.match(stderr, /^pipe \S+, Node\.js \S+\nproject .* \(pipeline\.yaml\)\ntook .*\n$/);
});
