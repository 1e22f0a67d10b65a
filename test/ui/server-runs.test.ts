// Runs that the server of the page starts or follows.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPageServer, pageRuns } from '../../src/ui/ui.ts';
import { makeHere } from '../cli/here.ts';
import { makeSpace } from '../hash/space.ts';
import { type Message, nextOf, serve, servePage } from './served.ts';

test('a run is started with the parameters of the page, and followed to its end', async (t) => {
  const { ask, get, port, read, out } = await serve(t);
  assert.deepEqual(await ask('/api/stop', {}), [200, '{"refused":"No run is going on."}']);
  for (const body of ['x', '{"targets": "late"}', '{"targets": ["late", 1]}'])
    assert.equal((await ask('/api/start', body))[0], 403);
  // As long as it likes: its length is not said.
  const endless = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"targets":[]}'));
      controller.close();
    },
  });
  assert.equal((await ask('/api/start', endless))[0], 403);
  for (const path of ['/api/start', '/api/stop']) {
    assert.equal((await ask(path))[0], 405);
    assert.equal(
      (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: '{"targets":[]}' })).status,
      401,
    );
  }
  // What only experiments and damaged outputs of before are garbage of.
  await out(0, 'exp', 'remove', 'large');
  const unused = (await get('/api/garbage?workspace=1')) as {
    readonly count: number;
    readonly items: readonly { kind: string }[];
  };
  assert.equal(unused.count, unused.items.length);
  assert.ok(unused.items.some(({ kind }) => kind === 'object'));
  assert.equal(
    ((await get('/api/garbage')) as typeof unused).items.some(({ kind }) => kind === 'object'),
    false,
  );
  assert.deepEqual(await ask('/api/start', { targets: ['late'] }), [200, '{}']);
  for (let ended = false; !ended;) {
    const [{ view }] = (await get('/api/view')) as [Required<Message>];
    ended = view.run.some(({ stage }) => stage === 'late') && view.run.at(-1)!.type === 'run-end';
    if (!ended) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(read('late.txt'), 'late 8\n');
  // What the page says of it follows.
  for (let settled = false; !settled;) {
    const [{ view }] = (await get('/api/view')) as [Required<Message>];
    settled = !view.running && view.stages[3]!['state'] === 'fresh';
    assert.doesNotMatch(JSON.stringify(view.stages[3]!['reasons']), /8 → /, 'as without its parameters');
    if (settled)
      assert.deepEqual(
        view.stages.map(({ state }) => state),
        ['fresh', 'stale', 'fresh', 'fresh'],
      );
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(read('loss.csv'), 'step,loss\n0,4\n1,2\n');
  const bare = await openPageServer(0, {});
  t.after(() => bare.close());
  const authorization = bare.url.replace(/.*token=/, 'Bearer ');
  const answer = await fetch(`http://127.0.0.1:${bare.port}/api/view`, { headers: { authorization } });
  const [{ view }] = (await answer.json()) as [Required<Message>];
  assert.deepEqual(view.missing_flags, ['-S', 'extra=8'], 'what the last run had');
});

test('a run gets what the page was opened with, and how it failed is said', async (t) => {
  const space = makeSpace(t);
  // In place of pipe: it fails with its arguments.
  process.argv[1] = space.write(
    'pipe.mjs',
    // It leads a group of its own, so that what ends the server does not end it.
    `process.kill(-process.pid, 0); console.error(JSON.stringify(process.argv.slice(2))); process.exitCode = 1;`,
  );
  const flags = { params: ['a.yaml', 'b.yaml'], set: ['lr=1', '~size'], lock: 'other' };
  const argumentsOf = async (targets: readonly string[], force: boolean, given: Partial<typeof flags>) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    assert.equal(pageRuns(space.root, given, resolve).start(targets, force), undefined);
    return JSON.parse(await promise) as unknown;
  };
  const always = ['repro', '--quiet', '--keep-going', '--no-wait'];
  const [all, forced] = await Promise.all([
    argumentsOf([], false, flags),
    argumentsOf(['fit@a', '-b'], true, {}),
  ]);
  const overlay = [
    '--params',
    'a.yaml',
    '--params',
    'b.yaml',
    '-S',
    'lr=1',
    '-S',
    '~size',
    '--lock',
    'other',
  ];
  assert.deepEqual(all, [...always, ...overlay, '--']);
  assert.deepEqual(forced, [...always, '--force', '--single-item', '--', 'fit@a', '-b']);
  // A process of the same number here is another one.
  const kill = t.mock.method(process, 'kill', () => true);
  const owner = { pid: process.pid, host: 'elsewhere', since: '', run: 'x' };
  space.write('run.owner.json', JSON.stringify(owner));
  const runs = pageRuns(space.root, {}, () => undefined);
  assert.equal(runs.stop(), 'The run is on elsewhere: stop it there.');
  assert.equal(runs.start([], false), 'A run is going on.');
  assert.equal(kill.mock.callCount(), 0);
});

test('a run that is killed, and says nothing more, goes on for no page', { timeout: 60_000 }, async (t) => {
  const { root, write } = makeHere(t, { 'pipeline.yaml': 'stages: {s: {cmd: "true"}}\n' });
  const base = join(import.meta.dirname, '../../src/base/base.ts');
  const script = `import { ownProcessId } from ${JSON.stringify(base)};
    console.log(JSON.stringify(ownProcessId()));
    setInterval(() => undefined, 1000);`;
  const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => run.kill('SIGKILL'));
  const [id] = (await once(run.stdout, 'data')) as [Buffer];
  const owner = { ...(JSON.parse(id.toString()) as object), host: hostname(), since: '', run: 'x' };
  write('cache/state/run.owner.json', JSON.stringify(owner));
  const { follow } = await servePage(t, root, {});
  const page = follow();
  assert.equal((await nextOf(page, 'view')).view!.running, true);
  run.kill('SIGKILL');
  for (let isOver = false; !isOver;) isOver = !(await nextOf(page, 'view')).view!.running;
  await page.return(undefined);
});
