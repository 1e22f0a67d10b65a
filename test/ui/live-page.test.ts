// The page of a server, in a browser of a few lines: what it asks, what it does with what the server says, what it starts and stops.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { exportedHtml, type PageDocument } from '../../src/ui/ui.ts';
import { testInWhole } from '../amount.ts';
import { assertRecorded } from '../recorded.ts';
import { openPage, type OpenPage } from './browser.ts';
import { fakeServer, type FakeServer } from './fake-server.ts';
import { detail, fresh, NOW, stage, view as handMade } from './hand-made.ts';

const STAGES = [
  stage('größe'),
  stage('two', { state: 'blocked', decision: 'blocked', reasons: [], waits_for: ['größe'], reads: [0] }),
  stage('done', fresh),
  stage('given', { ...fresh, kind: 'data', last: null }),
];

const view = (more: object = {}): object => handMade({ stages: STAGES, ...more });

/** The page that a server gives out: with the number of its build in place of data. */
function html(): string {
  const document = { view: view(), details: {}, tables: [], sizes: [], plots: { revisions: [], plots: [] } };
  return exportedHtml(document as unknown as PageDocument)
    .replace('type="application/json" id="view"', 'type="text/plain" id="none"')
    .replace('</noscript>', '</noscript><script type="text/plain" id="build">B</script>');
}

interface Opened {
  readonly page: OpenPage;
  readonly server: FakeServer;
  readonly token: { current: string };
}

async function open(_: TestContext, first: readonly object[]): Promise<Opened> {
  const token = { current: 'a-b_1' };
  const server = fakeServer(token, '#token=a-b_1');
  server.answers.set('view', first);
  for (const name of ['tables', 'sizes', 'revisions']) server.answers.set(name, []);
  server.answers.set('detail', (path: string) =>
    detail(new URLSearchParams(path.split('?')[1]).get('stage')!),
  );
  const page = await openPage(html(), NOW, server);
  await page.whole();
  return { page, server, token };
}

const notices = async (page: OpenPage): Promise<string[]> =>
  [...(await page.whole()).matchAll(/class="notice[^>]*>\s*(?:<pre>)?\s*([^<]*?)\s*</g)].map(
    ([, text]) => text!,
  );

const run = { type: 'run-start', run: 'r', time: NOW - 60_000, stages: 3, jobs: 1 };
const start = (name: string, seconds: number, attempt = 1): object => ({
  type: 'start',
  time: NOW - seconds * 1000,
  stage: name,
  attempt,
});

test('what a server says is shown as it comes, and what the page cannot do is said', async (t) => {
  const { page, server, token } = await open(t, [
    { type: 'view', view: view({ missing_flags: ['-S x=1'] }) },
    { type: 'problem', text: 'not valid YAML' },
  ]);
  assert.equal(page.address(), '#/graph', 'the token is in no address');
  assert.deepEqual(server.asked(), ['view']);
  assert.equal(page.title(), '≠ 2 stale · demo');
  const withoutFlag = 'The last run had -S x=1; this page was made without. Stages can look stale for that.';
  assert.deepEqual(await notices(page), ['not valid YAML', withoutFlag]);

  await server.say({ type: 'hello', build: 'B' });
  await server.say({ type: 'events', events: [run, start('größe', 20)] }, 1);
  assert.match(await page.whole(), /0 of 3.*, about 40 s left/s);
  assert.equal(page.title(), '▶ 0/3 demo');
  await server.say({
    type: 'events',
    events: [
      { type: 'ran', time: NOW - 2000, stage: 'größe', seconds: 18 },
      { type: 'failed', time: NOW - 1000, stage: 'two', seconds: 1, problem: 'exit code 1' },
    ],
  });
  await page.whole();
  assert.equal(page.title(), '✕ 2/3 demo');
  await server.say({ type: 'events', events: [{ type: 'run-end', time: NOW, seconds: 60 }] });
  assert.doesNotMatch(await page.whole(), /class="left"/);
  await server.say({ type: 'view', view: view({ stages: STAGES.map((one) => ({ ...one, ...fresh })) }) });
  assert.deepEqual(await notices(page), []);
  assert.equal(page.title(), '✓ demo');
  assert.deepEqual(
    server.passedOn.map(({ type }) => type),
    ['connection', 'hello', 'events', 'events', 'events', 'view'],
    'to the other tabs, too',
  );

  // It is gone; another one has another token.
  token.current = 'next';
  await server.hangUp();
  const refused = 'The server has another token: open the address that `pipe ui` printed.';
  assert.deepEqual(await notices(page), [refused]);
  assert.deepEqual(
    server.passedOn.slice(6),
    ['lost', 'refused'].map((state) => ({ type: 'connection', state })),
  );
  token.current = 'a-b_1';
  await server.store('other', 'x');
  assert.deepEqual(await notices(page), [refused]);
  token.current = 'next';
  await server.store('pipe-token', 'next');
  assert.deepEqual(await notices(page), []);
  await server.say({ type: 'hello', build: 'C' });
  assert.deepEqual(await notices(page), ['This page is older than the server.']);
  assert.equal(server.loads(), 0);
  await page.act('click', 'Load it again');
  assert.equal(server.loads(), 1);
  await page.show('#token=third');
  assert.equal(server.loads(), 2, 'the address that another server printed');
});

test('a page without the token says so', async (t) => {
  const server = fakeServer({ current: 'other' }, '#token=a-b_1');
  const page = await openPage(html(), NOW, server);
  assert.match(await page.whole(), /This page needs the token/);
  void t;
});

testInWhole('runs are started and stopped; why that was refused is shown', async (t) => {
  const { page, server } = await open(t, [{ type: 'view', view: view() }]);
  const posted = (): string[] => server.asked().filter((line) => line.startsWith('POST'));
  await page.act('click', 'Run');
  assert.deepEqual(posted(), ['POST start {"targets":[],"force":false}']);
  for (const [name, force] of [
    ['größe', false],
    ['done', true],
  ] as const) {
    await page.show(`#/stage/${encodeURIComponent(name)}`);
    await page.act('click', force ? 'Run it again' : 'Run it and what it needs');
    assert.deepEqual(posted(), [`POST start {"targets":["${name}"],"force":${force}}`]);
  }
  assert.doesNotMatch(await page.show('#/stage/given'), /Run it/, 'data is not run');
  server.answers.set('start', { refused: 'A run is going on.' });
  await page.act('click', 'Run');
  assert.deepEqual(await notices(page), ['A run is going on.']);
  server.answers.set('start', new Error('not JSON'));
  await page.act('click', 'Run');
  assert.deepEqual(await notices(page), ['Error: not JSON']);
  await page.act('click', 'Close');
  assert.deepEqual(await notices(page), []);

  await server.say({ type: 'events', events: [run, start('größe', 40)] });
  assert.doesNotMatch(await page.show('#/stage/done'), /Run it/);
  posted();
  await page.act('click', 'Stop');
  assert.deepEqual(posted(), ['POST stop {}']);
  await server.say({ type: 'events', events: [{ type: 'stopping', signal: 'SIGINT', grace: 1 }] });
  assert.match(await page.whole(), /<button disabled="true">Stop/);
});

testInWhole(
  'the log of a stage that runs is asked for from where it ends, of another attempt from its beginning',
  async (t) => {
    const { page, server } = await open(t, [
      { type: 'view', view: view({ running: true, run: [run, start('größe', 40)] }) },
    ]);
    const part = (name: string, from: number, text: string): object => ({
      name,
      size: 900 + from + text.length,
      from,
      next: from + text.length,
      text,
    });
    const logs = [part('1', 106, 'third\n'), part('1', 112, 'more\n')];
    server.answers.set('detail', detail('größe', { log: part('1', 100, 'first\nth') }));
    const asked: string[] = [];
    server.answers.set('log', (path: string) => {
      asked.push(new URLSearchParams(path.split('?')[1]).get('from')!);
      return logs.shift() ?? null;
    });
    const begun = await page.show(`#/stage/${encodeURIComponent('größe')}`);
    assert.deepEqual(asked.slice(0, 3), ['108', '112', '117']);
    assert.match(begun, /first\n\s*third\n\s*more\s*</);
    assert.match(begun, /The last 17 B of 1\.0 kB/);
    asked.splice(0);
    logs.push(part('2', 0, 'a\n'), part('2', 0, 'again\n'), part('2', 6, 'x\n'));
    const again = await page.show(page.address());
    assert.deepEqual(asked.filter((from) => from !== '117').slice(0, 3), ['0', '6', '8']);
    assert.match(again, /again\n\s*x/);
    assert.doesNotMatch(again, /first|more|The last/);
  },
);

testInWhole('data: the remote and garbage collection are asked when somebody asks', async (t) => {
  const { page, server } = await open(t, [{ type: 'view', view: view() }]);
  server.answers.set('sizes', [
    { path: 'a', stage: 'größe', bytes: null },
    { path: 'b', stage: 'größe', bytes: 2048 },
    { path: 'c', stage: 'two', bytes: null, files: 3 },
  ]);
  const outputs = [
    { path: 'a', stage: 'größe', state: 'new', objects: 2, bytes: 10 },
    { path: 'b', stage: 'two', state: 'deleted', objects: 1, bytes: 2000 },
    { path: 'c', stage: 'two', state: 'missing', objects: 4, bytes: 0 },
  ];
  server.answers.set('remotes', [
    { remote: 'one', url: 'ssh://one', same: 5, outputs },
    { remote: 'two', url: 'ssh://two', same: 7, outputs: [] },
  ]);
  const garbage = {
    bytes: 5000,
    items: [
      { kind: 'object', path: 'cache/objects/a', bytes: 4000 },
      { kind: 'saved', path: 'cache/saved/b', bytes: 1000 },
    ],
    count: 2,
    kept: { objects: 9, bytes: 77 },
    projects: ['/x', '/y'],
  };
  server.answers.set('garbage', garbage);
  let shown = await page.show('#/data');
  assert.deepEqual(server.asked(), ['view', 'sizes']);
  await page.act('click', 'pipe status --cloud');
  await page.act('click', 'Look');
  shown += await page.show('#/data?by=output');
  assert.deepEqual(server.asked(), ['remotes', 'garbage?workspace=']);
  await page.act('change', 'Keep', { value: 'workspace' });
  server.answers.set('garbage', { ...garbage, items: [], count: 101, projects: [] });
  server.answers.set('remotes', []);
  await page.act('click', 'Look');
  await page.act('click', 'pipe status --cloud');
  shown += await page.show('#/data?q=zw+t');
  assert.deepEqual(server.asked(), ['garbage?workspace=1', 'remotes']);
  server.answers.set('garbage', new Error('the cache cannot be read'));
  server.answers.set('remotes', new Error('no remote is declared'));
  await page.act('click', 'Look');
  await page.act('click', 'pipe status --cloud');
  shown += await page.whole();
  assertRecorded(import.meta.dirname, 'live-data.txt', shown);
});

testInWhole('plots and tables are asked for again when something changes', async (t) => {
  const { page, server } = await open(t, [{ type: 'view', view: view() }]);
  const plot = (name: string): object => ({
    name,
    spec: { data: { values: [{ rev: name }] } },
    problems: [],
  });
  server.answers.set('revisions', ['workspace', 'HEAD', 'more']);
  server.answers.set('plots', (path: string) => ({ revisions: [], plots: [plot(path), plot('LOSS')] }));
  server.answers.set('drawing', '');
  server.asked();
  assert.match(await page.show('#/plots'), /2 plots of workspace</);
  assert.deepEqual(server.asked(), ['revisions', 'plots?rev=workspace', 'drawing']);
  const both = await page.show('#/plots?rev=HEAD,gone&q=Loss');
  assert.match(both, /1 plot of HEAD, gone</);
  assert.match(both, /<input type="checkbox" checked="true"> ?gone/);
  assert.deepEqual(server.asked(), ['plots?rev=HEAD&rev=gone']);
  server.answers.set('revisions', ['workspace']);
  await server.say({ type: 'tables' });
  assert.doesNotMatch(await page.whole(), /more/);
  assert.deepEqual(server.asked(), ['revisions', 'plots?rev=HEAD&rev=gone']);
  server.answers.set('plots', new Error('there is no revision gone'));
  await server.say({ type: 'view', view: view() });
  assert.deepEqual(await notices(page), ['there is no revision gone']);
  server.asked();

  await page.show('#/table');
  await server.say({ type: 'tables' });
  await page.whole();
  await server.say({ type: 'tables' });
  await page.whole();
  await server.say({ type: 'view', view: view() });
  await page.whole();
  assert.deepEqual(server.asked(), ['tables', 'tables', 'tables', 'tables']);
  // What is shown of a stage, too, also where it alone changed.
  await page.show('#/stage/done');
  await server.say({ type: 'view', view: view() });
  await page.whole();
  assert.deepEqual(server.asked(), ['detail?stage=done', 'detail?stage=done']);
  await server.say({ type: 'events', events: [run, start('done', 40)] });
  await page.whole();
  const asked = server.asked();
  for (const line of ['detail?stage=done', 'log?stage=done&from=0']) assert.ok(asked.includes(line), line);
  server.answers.set('detail', () => new Promise(() => {}));
  assert.doesNotMatch(await page.show('#/stage/two'), /make done/, 'of another stage');
});
