// `pipe ui` in a browser: a run of another process is seen live, the page starts and stops runs, ten tabs, a server that is gone and
// comes back, a run that dies; and who is not answered.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { makeWorkspace, pipeBin, startPipe } from '../../workspace.ts';
import { startBrowser } from '../experiment/browser.ts';
import { noViolations, openServed, serve, until } from './pages.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

/** Stages that end when the test says so. */
const PIPELINE = `stages:
  one: {cmd: 'echo begun; until [ -e go ]; do sleep 0.05; done; echo done > one', outs: [one], env: {TOKEN: a-secret-value}}
  two: {cmd: 'echo "$0"; cp one two', deps: [one], outs: [two]}
`;

const open = (t: TestContext, url: string): Promise<Page> => openServed(t, browser, url);

/** @param action JavaScript that makes the page load again. */
async function afterLoad(page: Page, action: string): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate(`setTimeout(() => { ${action} })`);
  await loaded;
  await page.waitForSelector('body[data-ready]');
}

const stateOf = (name: string): string =>
  `[...document.querySelectorAll('.list a')].find((a) => a.title === ${JSON.stringify(name)})?.textContent`;

test('a run of another process is seen: its states, its log, its end; nothing shows the token or a secret', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const { url } = await serve(t, workspace);
  const page = await open(t, url);
  assert.ok(!page.url().includes('token'));
  await until(page, `${stateOf('one')} === 'staleone' && ${stateOf('two')} === 'blockedtwo'`);
  await noViolations(page, 'live');
  const run = startPipe(workspace.root, ['repro', '-q']);
  await until(page, `${stateOf('one')} === 'runningone' && document.title.startsWith('▶')`);
  await page.evaluate(`location.hash = '#/stage/one'`);
  await until(page, `document.querySelector('pre.log')?.textContent === 'begun\\n'`);
  workspace.write('go', '');
  await once(run, 'close');
  await until(page, `document.title.startsWith('✓')`);
  await page.evaluate(`location.hash = '#/timeline'`);
  await until(page, `document.querySelectorAll('.span rect.taken').length === 2`);
  assert.ok(!(await page.content()).includes('a-secret-value'));
  // It took some time, which the next run is expected to take.
  rmSync(workspace.path('go'));
  const again = startPipe(workspace.root, ['repro', '-q', '-f']);
  await until(page, `/^0 of 2, about .* left$/.test(document.querySelector('.left')?.textContent)`);
  workspace.write('go', '');
  await once(again, 'close');
  await until(page, `document.querySelector('.left') === null && document.title.startsWith('✓')`);
  // A changed source.
  workspace.write('pipeline.yaml', PIPELINE.replace('cp one two', 'cat one > two'));
  await page.evaluate(`location.hash = '#/graph'`);
  await until(page, `${stateOf('two')} === 'staletwo' && ${stateOf('one')} === 'freshone'`);
  // One that cannot be loaded, and that is corrected.
  workspace.write('pipeline.yaml', 'stages: [');
  await until(page, `/not valid YAML/.test(document.querySelector('.notice')?.textContent)`);
  workspace.write('pipeline.yaml', PIPELINE);
  await until(page, `document.querySelector('.notice') === null`);
});

test('a page that is older than the pipeline: it follows, while a run goes on too, and from one server to the next', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const first = await serve(t, workspace);
  const page = await open(t, first.url);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const stages = `[...document.querySelectorAll('.list a')].map(({ title }) => title).join(' ')`;
  await page.evaluate(`location.hash = '#/stage/two'`);
  await page.locator('article.stage pre.command').waitFor();
  // One is renamed and one is new.
  const renamed = PIPELINE.replace('two: ', 'other: ');
  workspace.write('pipeline.yaml', `${renamed}  three: {cmd: cp two three, deps: [two], outs: [three]}\n`);
  await page.getByText('There is no stage two').waitFor();
  await page.evaluate(`location.hash = '#/graph?at=two'`);
  await until(page, `${stages} === 'one other three' && document.querySelector('.panel') === null`);
  // One is removed and another is new while a run goes on.
  const run = startPipe(workspace.root, ['repro', '-q']);
  await until(page, `${stateOf('one')} === 'runningone'`);
  workspace.write('pipeline.yaml', `${renamed}  four: {cmd: cp two four, deps: [two], outs: [four]}\n`);
  await until(page, `${stages} === 'one other four' && ${stateOf('one')} === 'runningone'`);
  workspace.write('go', '');
  await once(run, 'close');
  await until(page, `${stateOf('other')} === 'freshother' && ${stateOf('four')} === 'stalefour'`);
  assert.deepEqual([...complaints], []);
  // Another server, of another version.
  first.process.kill('SIGKILL');
  await until(page, `/server/.test(document.querySelector('.notice')?.textContent)`);
  workspace.write('pipeline.yaml', PIPELINE);
  await page.evaluate(`document.getElementById('build').textContent = 'older'`);
  const second = await serve(t, workspace, '--port', String(first.port));
  await until(page, `/token/.test(document.querySelector('.notice')?.textContent)`);
  const other = await page.context().newPage();
  await other.goto(second.url);
  await page.bringToFront();
  await until(page, `${stages} === 'one two' && ${stateOf('two')} === 'staletwo'`);
  await afterLoad(page, `document.querySelector('.notice button').click()`);
  await until(page, `document.querySelector('.notice') === null && ${stages} === 'one two'`);
  assert.deepEqual(
    complaints.filter(
      (line) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|status of 401/.test(line),
    ),
    [],
  );
  assert.equal(complaints.filter((line) => line.includes('401')).length, 1);
});

test('the page starts a run and stops it', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const { url } = await serve(t, workspace);
  const page = await open(t, url);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await until(page, `${stateOf('one')} === 'runningone'`);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  await until(page, `${stateOf('one')} === 'staleone'`);
  workspace.write('go', '');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await until(page, `document.title.startsWith('✓')`);
});

test('experiments are seen while they run, and in the table when they are done', async (t) => {
  const workspace = makeWorkspace(t, { 'params.yaml': 'x: 1\n', go: '' });
  const go = workspace.path('go');
  // Each works in a folder of its own.
  workspace.write(
    'pipeline.yaml',
    `vars: [params.yaml]
stages:
  one: {cmd: 'until [ -e "${go}" ]; do sleep 0.05; done; echo "x: \${x}" > one.yaml', metrics: [one.yaml]}
`,
  );
  await workspace.expect(0, 'repro', '-q');
  const { url } = await serve(t, workspace);
  const page = await open(t, url);
  rmSync(go);
  const run = startPipe(workspace.root, ['exp', 'run', 'more', '-q', '-S', 'x=2,3']);
  await until(page, `/^0 of 2/.test(document.querySelector('.left')?.textContent)`);
  await page.evaluate(`location.hash = '#/timeline'`);
  await until(page, `document.querySelector('.span title')?.textContent.startsWith('more-')`);
  workspace.write('go', '');
  await once(run, 'close');
  await until(page, `document.title.startsWith('✓')`);
  await page.evaluate(`location.hash = '#/table/:experiments'`);
  await until(page, `document.querySelectorAll('.values tbody tr').length === 3`);
});

test('a run that dies is no longer shown as running', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const { url } = await serve(t, workspace);
  const page = await open(t, url);
  const run = startPipe(workspace.root, ['repro', '-q']);
  await until(page, `${stateOf('one')} === 'runningone'`);
  run.kill('SIGKILL');
  await until(page, `${stateOf('one')} === 'staleone'`);
  workspace.write('go', '');
});

test('ten tabs, of which the one that listens is closed; a server that is gone and another in its place', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const first = await serve(t, workspace);
  const page = await open(t, first.url);
  const tabs = [page];
  for (let tab = 1; tab < 10; tab += 1) {
    const next = await page.context().newPage();
    await next.goto(`http://127.0.0.1:${first.port}/`);
    await next.waitForSelector('body[data-ready]');
    tabs.push(next);
  }
  await page.close();
  workspace.write('go', '');
  await workspace.expect(0, 'repro', '-q');
  for (const tab of tabs.slice(1))
    await until(tab, `document.title.startsWith('✓')`).catch(() => tab.bringToFront());
  const last = tabs.at(-1)!;
  await last.bringToFront();
  await until(last, `document.title.startsWith('✓')`);
  first.process.kill('SIGKILL');
  await until(last, `/server/.test(document.querySelector('.notice')?.textContent)`);
  // Another server has another token: the page says so, and works again with the address that it prints.
  const second = await serve(t, workspace, '--port', String(first.port));
  await until(last, `/token/.test(document.querySelector('.notice')?.textContent)`);
  await afterLoad(last, `location.href = ${JSON.stringify(second.url)}`);
  await until(last, `document.querySelector('.notice') === null && document.title.startsWith('✓')`);
});

test('data: the remote and garbage collection are asked when somebody asks, and nothing is removed', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `vars: [{word: one}]
config:
  remote: there
  remotes: {there: {url: store}}
stages:
  make: {cmd: 'echo \${word} > made', outs: [made]}
  other: {cmd: echo x > other, outs: [other]}
`,
  });
  await workspace.expect(0, 'repro', '-q');
  await workspace.expect(0, 'push', '-q', 'other');
  await workspace.expect(0, 'repro', '-q', '-S', 'word=two');
  const { url } = await serve(t, workspace, '-S', 'word=two');
  const page = await open(t, url);
  const objects = (): number =>
    readdirSync(workspace.path('cache/objects'), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    ).length;
  const before = objects();
  await page.evaluate(`location.hash = '#/data'`);
  await page.getByRole('button', { name: 'Ask the remote' }).click();
  const remote = page.getByRole('region', { name: 'What differs on there' });
  await remote.waitFor();
  assert.deepEqual(await remote.locator('tbody tr').allTextContents(), ['madeonly in the cache14 B']);
  await page.getByRole('combobox', { name: 'Keep' }).selectOption('workspace');
  await page.getByRole('button', { name: 'Look' }).click();
  await page.getByRole('status').filter({ hasText: 'It would take' }).waitFor();
  const items = page.getByRole('region', { name: 'What would be removed' }).locator('tbody tr');
  assert.ok((await items.allTextContents()).some((text) => /^cache\/objects\/.*object4 B$/.test(text)));
  await noViolations(page, 'data, live');
  assert.equal(objects(), before);
  // Where there is none, it says so.
  const bare = makeWorkspace(t, { 'pipeline.yaml': 'stages:\n  make: {cmd: echo x > made, outs: [made]}\n' });
  await bare.expect(0, 'repro', '-q');
  const other = await open(t, (await serve(t, bare)).url);
  await other.evaluate(`location.hash = '#/data'`);
  await other.getByRole('button', { name: 'Ask the remote' }).click();
  await other.getByRole('alert').filter({ hasText: 'no remote is declared' }).waitFor();
});

test('--open: a private file with the token, which no list of processes shows', async (t) => {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': PIPELINE,
    'bin/xdg-open': '#!/bin/sh\necho "$1" > "$OPENED"\n',
    'tmp/keep': '',
  });
  const child = spawn(process.execPath, [pipeBin, 'ui', '--open'], {
    cwd: workspace.root,
    env: {
      ...process.env,
      PATH: `${workspace.path('bin')}:${process.env['PATH']}`,
      OPENED: workspace.path('opened'),
      TMPDIR: workspace.path('tmp'),
      BROWSER: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const part of child.stdout as AsyncIterable<string>) {
    text += part;
    if (text.includes('Ctrl-C')) break;
  }
  const [folder] = readdirSync(workspace.path('tmp')).filter((name) => name.startsWith('pipe-ui-'));
  const file = join(workspace.path('tmp'), folder!, 'open.html');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /url=http:\/\/127\.0\.0\.1:\d+\/#token=/);
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 130);
  assert.ok(!readdirSync(workspace.path('tmp')).includes(folder!));
});

test('who is not answered: other hosts, other pages, no token, other methods', async (t) => {
  const workspace = makeWorkspace(t, { 'pipeline.yaml': PIPELINE });
  const { url, port } = await serve(t, workspace);
  const token = url.split('token=')[1]!;
  const status = async (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> => {
    const socket = connect(port, '127.0.0.1');
    const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    let answer = '';
    for await (const part of socket.setEncoding('utf8') as AsyncIterable<string>) answer += part;
    return Number(answer.slice(9, 12));
  };
  const bearer = { Authorization: `Bearer ${token}` };
  assert.equal(await status('/api/view', bearer), 200);
  assert.equal(await status('/', {}), 200);
  assert.equal(await status('/api/view', {}), 401);
  assert.equal(await status('/api/view', { Authorization: `Bearer ${token}x` }), 401);
  assert.equal(await status(`/api/view?token=${token}`, {}), 401);
  assert.equal(await status('/', { Host: `evil.test:${port}` }), 421);
  assert.equal(await status('/api/view', { ...bearer, Host: 'evil.test' }), 421);
  assert.equal(await status('/api/view', { ...bearer, Origin: 'http://evil.test' }), 403);
  assert.equal(await status('/api/view', { ...bearer, Origin: 'null' }), 403);
  assert.equal(await status('/api/view', { ...bearer, Origin: `http://127.0.0.1:${port + 1}` }), 403);
  assert.equal(await status('/api/view', { ...bearer, 'Sec-Fetch-Site': 'cross-site' }), 403);
  assert.equal(await status('/api/view', { ...bearer, 'Sec-Fetch-Site': 'same-site' }), 403);
  assert.equal(await status('/api/start', bearer), 405);
  assert.equal(await status('/api/view', bearer, 'POST'), 405);
  assert.equal(await status('/api/start', { 'Content-Length': '0' }, 'POST'), 401);
  assert.equal(await status('/api/start', { ...bearer, 'Content-Length': '0' }, 'POST'), 403);
  for (const path of [
    '/../pipeline.yaml',
    '/api/../pipeline.yaml',
    '//',
    '/%2e%2e/pipeline.yaml',
    '/pipeline.yaml',
  ])
    assert.equal(await status(path, bearer), 404, path);
  // It still answers.
  assert.equal(await status('/api/view', bearer), 200);
});
