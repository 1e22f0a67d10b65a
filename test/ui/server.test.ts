// The server of the page: what each question is answered with, and who is refused.
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, readFileSync } from 'node:fs';
import { Server } from 'node:http';
import { test } from 'node:test';
import { openPageServer, type TableView } from '../../src/ui/ui.ts';
import { startFileServer } from '../cache/remote/file-server.ts';
import { makeHere } from '../cli/here.ts';
import { FILES, type Message, nextOf, serve, servePage } from './served.ts';

test('what is asked of the page is answered with what the project has', async (t) => {
  const { ask, get, follow, port, path, read, write } = await serve(t);
  const [status, page] = await ask('/');
  assert.equal(status, 200);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; [^"]*connect-src 'self'/);
  assert.doesNotMatch(page, /very-secret-value|make@0\.1/, 'the page itself has no data');
  assert.equal((await fetch(`http://127.0.0.1:${port}/api/view`)).status, 401);
  // Nobody else on the network can connect, whatever they know.
  for (const address of ['[::1]', ...(process.platform === 'linux' ? ['127.0.0.2'] : [])])
    await assert.rejects(fetch(`http://${address}:${port}/`), TypeError, address);

  const [{ view }] = (await get('/api/view')) as [Required<Message>];
  assert.deepEqual(
    view.stages.map(({ name, kind, group, axes, state, reads, waits_for, metrics }) =>
      [name, kind, group, axes, state, reads, waits_for, metrics]),
    [
      ['make@0.1', 'stage', 'make', { lr: 0.1 }, 'fresh', [], [], { loss: 0.1 }],
      ['make@0.2', 'stage', 'make', { lr: 0.2 }, 'stale', [], [], { loss: 9 }],
      ['sum', 'stage', null, {}, 'stale', [0], [], {}],
      ['late', 'stage', null, {}, 'blocked', [2], ['sum'], {}],
    ],
  ); // prettier-ignore
  assert.deepEqual(
    [1, 2].map((index) =>
      (view.stages[index]!['reasons'] as readonly { readonly text: string }[]).map(({ text }) => text),
    ),
    [
      ['out modified: m-0.2.json'],
      ['cmd: "step,loss\\n0,1\\n1,2\\n" → "step,loss\\n0,4\\n1,2\\n"', 'params: size 1 → 4'],
    ],
  );
  assert.deepEqual([view.running, view.run.map(({ type }) => type).at(-1)], [false, 'run-end']);
  assert.deepEqual(
    view.runs.map(({ ran, restored, failed }) => [ran, restored, failed]),
    [
      [1, 0, 0],
      [3, 0, 0],
    ],
    'the newest first',
  );
  const { time, seconds } = view.stages[2]!['last'] as Readonly<Record<'time' | 'seconds', number>>;
  assert.deepEqual([view.runs[0]!['start'], view.runs[0]!['end']], [time - seconds * 1000, time]);

  const detail = (await get('/api/detail?stage=sum')) as Readonly<
    Record<string, readonly Readonly<Record<string, unknown>>[]>
  >;
  assert.deepEqual(
    detail['outputs']!.map(({ path, size, changed, plot }) => [path, size, changed, plot]),
    [
      ['sum.txt', 28, false, undefined],
      ['loss.csv', 18, false, true],
    ],
  );
  assert.deepEqual(
    detail['inputs']!.map(({ path, changed, made_by }) => [path, changed, made_by]),
    [['m-0.1.json', false, ['make@0.1']]],
  );
  assert.deepEqual(detail['params'], [{ file: 'params.yaml', key: 'size', value: 4, changed: true }]);
  assert.deepEqual(
    detail['history']!.map(({ what }) => what),
    ['ran', 'ran'],
  );
  assert.match(String(detail['history']![0]!['why']), /size 1 → 7/, 'the newest first');
  const edited = (await get('/api/detail?stage=make@0.2')) as typeof detail;
  assert.deepEqual(
    edited['outputs']!.map(({ changed, metric }) => [changed, metric]),
    [[true, true]],
  );
  const recordedRuns = path('cache/state/history.jsonl');
  const [line] = readFileSync(recordedRuns, 'utf8')
    .split('\n')
    .filter((text) => text.includes('"sum"'));
  const lines = Array.from({ length: 20 }, (_, n) => line!.replace(/"run":"[^"]*"/, `"run":"run ${n}"`));
  appendFileSync(recordedRuns, `${lines.join('\n')}\n`);
  const later = ((await get('/api/detail?stage=sum')) as typeof detail)['history']!.map(({ run }) => run);
  assert.deepEqual([later.length, later[0], later.at(-1)], [20, 'run 19', 'run 0']);
  const late = (await get('/api/detail?stage=late')) as typeof detail;
  assert.deepEqual(late['cmd'], ['echo late 8 > late.txt']);
  assert.deepEqual(await ask('/api/detail?stage=none'), [404, "there is no stage 'none'"]);

  const tables = (await get('/api/tables')) as readonly TableView[];
  assert.deepEqual(
    tables.map(({ kind, rows }) => [kind, ...rows.map(({ name, state }) => [name, state])]),
    [
      ['group', ['make@0.1', undefined], ['make@0.2', undefined]],
      ['experiments', ['workspace', undefined], ['large', 'done']],
    ],
  );
  assert.deepEqual(
    tables[0]!.columns.flatMap(({ kind, label, file, values }) =>
      kind === 'param' ? [[label, file, values]] : [],
    ),
    [
      ['seed', 'params.yaml', [1]],
      ['other.yaml:seed', 'other.yaml', [3]],
      ['rate', 'other.yaml', [0.5]],
    ],
  );
  assert.deepEqual(
    tables[1]!.columns.map(({ kind, label, values }) => [kind, label, values]),
    [
      ['param', 'size', [4, 7]],
      ['param', 'extra', ['2', 2]],
      ['param', 'params.yaml:seed', [1]],
      ['param', 'other.yaml:seed', [3]],
      ['param', 'rate', [0.5]],
      ['metric', 'm-0.1.json:loss', [0.1]],
      ['metric', 'm-0.2.json:loss', [9, null]],
      ['metric', 'score', [5, null]],
    ],
  );
  assert.deepEqual(
    ((await get('/api/sizes')) as readonly Readonly<Record<string, unknown>>[]).map(
      ({ path, stage, bytes }) => [path, stage, bytes],
    ),
    [
      ['m-0.1.json', 'make@0.1', 28],
      ['m-0.2.json', 'make@0.2', 28],
      ['sum.txt', 'sum', 28],
      ['loss.csv', 'sum', 18],
    ],
  );
  assert.deepEqual(await get('/api/revisions'), ['workspace', 'large', 'HEAD', 'main']);
  const [remote] = (await get('/api/remotes')) as [Readonly<Record<string, unknown>>];
  assert.deepEqual(
    [remote['remote'], remote['same'], remote['outputs']],
    [
      'store',
      2,
      [
        { path: 'm-0.2.json', stage: 'make@0.2', state: 'new', objects: 1, bytes: 28 },
        { path: 'loss.csv', stage: 'sum', state: 'new', objects: 1, bytes: 18 },
      ],
    ],
  );
  const log = (await get('/api/log?stage=make@0.1&from=0')) as Readonly<Record<string, unknown>>;
  assert.deepEqual([log['size'], log['from'], log['next'], log['text']], [36, 0, 36, '••• is secret\n20%\n']);
  assert.equal(((await get('/api/log?stage=make@0.1&from=28')) as typeof log)['text'], '20%\n');
  const within = (await get('/api/log?stage=make@0.1&from=5')) as typeof log;
  assert.deepEqual(
    [within['from'], within['text']],
    [0, '••• is secret\n20%\n'],
    'from the middle of a value',
  );
  assert.equal(await get('/api/log?stage=late'), null);
  const past = (await get(`/api/run?run=${String(view.runs[1]!['run'])}`)) as readonly Readonly<
    Record<string, unknown>
  >[];
  assert.deepEqual(
    past.map(({ stage, what }) => [stage, what]),
    [
      ['make@0.1', 'ran'],
      ['make@0.2', 'ran'],
      ['sum', 'ran'],
    ],
  );
  const { plots } = (await get('/api/plots?rev=workspace&rev=large')) as {
    readonly plots: readonly {
      readonly name: string;
      readonly spec: { readonly data: { readonly values: unknown } };
    }[];
  };
  assert.deepEqual(plots[0]!.spec.data.values, [
    { step: '0', loss: '5', rev: 'workspace' },
    { step: '0', loss: '7', rev: 'large' },
    { step: '1', loss: '2', rev: 'large' },
  ]);
  const garbage = (await get('/api/garbage')) as Readonly<Record<string, unknown>>;
  assert.deepEqual([garbage['count'], garbage['kept']], [0, { objects: 4, bytes: 92 }]);
  assert.equal((await ask('/api/none'))[0], 404);

  // A run whose stages report of themselves, one of them in two attempts; only the latest of each is kept, in its place.
  const reported = (stage: string, done: number, note?: string) =>
    ({ type: 'progress', stage, progress: { done, total: 4, ...(note !== undefined && { note }) } }) as const;
  const started = (stage: string, attempt: number) => ({ type: 'start', stage, attempt, time: 1 }) as const;
  const events = [
    { type: 'run-start', run: 'attempts', time: 1, stages: 2, jobs: 2 },
    started('sum', 1),
    reported('sum', 1),
    started('late', 1),
    reported('late', 1),
    reported('sum', 2),
    started('sum', 2),
    reported('late', 3),
    reported('sum', 1),
    reported('sum', 1, 'very-secret-value'),
  ];
  write('cache/state/run.jsonl', events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const another = await openPageServer(0, { set: ['extra=8'], lock: path('another.lock') });
  const authorization = another.url.replace(/.*token=/, 'Bearer ');
  const answer = await fetch(`http://127.0.0.1:${another.port}/api/view`, { headers: { authorization } });
  const [first] = (await answer.json()) as [Required<Message>];
  // A page that is open keeps no server alive.
  const ended = t.mock.method(Server.prototype, 'closeAllConnections');
  await another.close();
  assert.equal(ended.mock.callCount(), 1);
  ended.mock.restore();
  assert.equal(first.view.stages[0]!['state'], 'stale', 'that lock file has no record');
  const kept = [0, 1, 5, 3, 7, 6, 9].map((index) => events[index]!);
  assert.deepEqual(first.view.run, [...kept.slice(0, -1), reported('sum', 1, '•••')]);
  // Of a dependency only the mode changes.
  chmodSync(path('m-0.1.json'), 0o755);
  const [executable] = ((await get('/api/detail?stage=sum')) as typeof detail)['inputs']!;
  assert.equal(executable!['changed'], true);
  // The process of an experiment was killed.
  const large = JSON.parse(read('cache/exps/large.json')) as object;
  write(
    'cache/exps/killed.json',
    `${JSON.stringify({ ...large, name: 'killed', state: 'running' }, null, 2)}\n`,
  );
  const experiments = ((await get('/api/tables')) as readonly TableView[])[1]!;
  assert.equal(experiments.rows.find(({ name }) => name === 'killed')?.state, 'interrupted');
  // Who has the page open for longer gets the same.
  for (let isRead = false; !isRead;) {
    const [{ view: now }] = (await get('/api/view')) as [Required<Message>];
    isRead = now.run.some((event) => 'run' in event && event.run === 'attempts');
    if (isRead) assert.deepEqual(now.run, first.view.run);
    else await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // What is wrong with the pipeline file now, all of it, on each page that is open.
  const pages = [follow(), follow()];
  for (const page of pages) await nextOf(page, 'view');
  write('pipeline.yaml', FILES['pipeline.yaml'].replace('deps: [sum.txt], outs:', 'dpes: [sum.txt], oust:'));
  for (const page of pages) {
    const { text } = await nextOf(page, 'problem');
    assert.match(text!, /'dpes'[^]*\n\nerror[^]*'oust'/);
    const [, later] = (await get('/api/view')) as readonly Message[];
    assert.equal(later?.text, text, 'a page that is opened now');
  }
  // Once it is right again, a page that is opened begins without it.
  write('pipeline.yaml', FILES['pipeline.yaml']);
  for (const page of pages) {
    await nextOf(page, 'view');
    await page.return(undefined);
  }
  const begin = (await get('/api/view')) as readonly Message[];
  assert.deepEqual(begin.map(({ type }) => type), ['view']); // prettier-ignore
});

test('of a remote the page has no password, and of garbage the largest first and the sum of all', async (t) => {
  const server = await startFileServer(t);
  const { out, remove, root, write } = makeHere(t, { 'pipeline.yaml': 'data: [{path: a}, {path: b}]\n', a: '1', b: '22' });
  for (const text of ['a small one', 'a large one '.repeat(9), 'the last']) {
    remove('a');
    write('a', text);
    await out(0, 'commit', '-q');
  }
  write('cache/config.yaml', `remotes: {web: {url: '${server.url.replace('//', '//me:hush@')}?token=hush'}}\n`);
  const { ask, get } = await servePage(t, root, {});
  const [status, remotes] = await ask('/api/remotes');
  assert.deepEqual([status, /hush|me:/.test(remotes)], [200, false], remotes);
  assert.deepEqual((JSON.parse(remotes) as readonly { readonly url: string }[])[0]!.url, server.url);
  const garbage = (await get('/api/garbage?workspace=1')) as {
    readonly bytes: number;
    readonly count: number;
    readonly kept: object;
    readonly items: readonly { readonly bytes: number }[];
  };
  assert.deepEqual(garbage.items.map(({ bytes }) => bytes), [108, 11]);
  assert.deepEqual([garbage.bytes, garbage.count, garbage.kept], [119, 2, { objects: 2, bytes: 10 }]);
}); // prettier-ignore

test('of an output all objects count; what has no known size comes last', async (t) => {
  const folder = process.cwd();
  t.after(() => process.chdir(folder));
  const here = makeHere(t, {
    '.dvc/config': '',
    'dvc.yaml':
      'stages:\n  s: {cmd: mkdir d && echo 1 > d/one && echo two > d/two && echo 1 > f, outs: [d, f]}\n',
  });
  await here.out(0, 'repro', '-q');
  await here.out(0, 'remote', 'add', '-d', 'store', here.path('remote'));
  process.chdir(here.root);
  const server = await openPageServer(0, {});
  t.after(() => server.close());
  const [, token] = /#token=(.*)$/.exec(server.url)!;
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return answer.json();
  };
  const [remote] = (await get('/api/remotes')) as [{ readonly outputs: unknown }];
  const list =
    '[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "one"}, {"md5": "c193497a1a06b2c72230e6146ff47080", "relpath": "two"}]';
  assert.deepEqual(remote.outputs, [
    { path: 'd', stage: 's', state: 'new', objects: 3, bytes: 6 + list.length },
    { path: 'f', stage: 's', state: 'new', objects: 1, bytes: 2 },
  ]);
  here.write('dvc.lock', here.read('dvc.lock').replace(/ +size: 6\n/, ''));
  here.remove('.dvc/cache');
  here.remove('d');
  const sizes = (await get('/api/sizes')) as readonly { readonly path: string; readonly bytes: unknown }[];
  assert.deepEqual(
    sizes.map(({ path, bytes }) => [path, bytes]),
    [
      ['f', 2],
      ['d', null],
    ],
  );
});
