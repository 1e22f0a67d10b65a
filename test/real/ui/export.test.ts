// The exported page in a browser, opened from disk without a network: every view, light and dark, on a telephone, large, on paper, with
// hostile names and logs.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { makeWorkspace } from '../../workspace.ts';
import type { OpenedPage } from '../experiment/browser.ts';
import { boxes, EVIL, noViolations, serve, until } from './pages.ts';
import { browser, flagship, go, makeFlagship, opened, removeFlagship, temporary } from './flagship.ts';

before(makeFlagship);
after(removeFlagship);

/** The same, of a server: it may ask nobody else. */
async function openedServer(url: string, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (to.protocol !== 'data:' && to.origin !== new URL(url).origin) complaints.push(request.url());
  });
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  return { page, complaints };
}

const VIEWS = [
  '#/graph',
  '#/graph?at=train',
  '#/graph?open=train&metric=loss',
  '#/graph?open=noise',
  '#/stage/classifier',
  '#/timeline',
  '#/table',
  '#/table/train?chart=parallel&over=fold&q=loss<0.03&sort=loss&desc=1',
  '#/table/train?chart=scatter&pick=train%25400.3-0.01-32-0,train%25400.6-0.02-64-1',
  '#/table/train?chart=importance',
  '#/table/:experiments',
  '#/data',
  '#/data?by=output',
];

test('every view of the flagship, of a file and of a server: complete, accessible, nothing loaded, nothing run', async (t) => {
  assert.ok(statSync(flagship).size <= 300_000, `${statSync(flagship).size} bytes`);
  // By itself, as a page that was mailed.
  const mailed = join(mkdtempSync(join(tmpdir(), 'pipe-ui-')), 'mailed.html');
  cpSync(flagship, mailed);
  const { url } = await serve(t, { root: temporary });
  await Promise.all([
    opened(mailed, '#/graph', { colorScheme: 'light' }).then(showsFlagship),
    openedServer(url, { colorScheme: 'dark' }).then(showsFlagship),
  ]);
  rmSync(dirname(mailed), { recursive: true });
});

async function showsFlagship(page: OpenedPage): Promise<void> {
  for (const view of VIEWS) {
    await go(page, view);
    await noViolations(page.page, `${page.page.url()} ${view}`);
  }
  await go(page, '#/graph');
  assert.match(await page.page.title(), /^✕ 1 failed · /);
  assert.deepEqual(
    (await boxes(page.page)).sort(),
    ['classifier', 'download ×2', 'evaluate ×3', 'noise ×3', 'report', 'select ×3', 'train ×108'].sort(),
  );
  // Names are text, not only drawn.
  assert.equal(await page.page.locator('.list li').count(), 7);
  await go(page, '#/stage/classifier');
  const stage = page.page.locator('article.stage');
  assert.match(
    (await stage.locator('.why').textContent())!,
    /Command: cp ds_train clf echo to the log; exit 3/,
  );
  assert.equal(await stage.locator('.why del').textContent(), 'cp ds_train clf');
  assert.equal(await stage.locator('pre.log').textContent(), 'to the log\n');
  assert.match((await stage.getByRole('row', { name: /^time/ }).textContent())!, /^time–\d/);
  await go(page, '#/stage/evaluate%400.3');
  // Root causes first.
  assert.match((await page.page.locator('.why li').first().textContent())!, /^train@0\.3-0\.01-32-0/);
  await go(page, '#/graph?open=train&metric=loss');
  assert.equal(await page.page.locator('.matrix td a.heat').count(), 108);
  assert.equal(await page.page.locator('.matrix tbody tr').count(), 18);
  await go(page, '#/timeline');
  assert.equal(await page.page.locator('.span rect.taken').count(), 1);
  const [whole] = await page.page
    .locator('select option', { hasText: '121 ran' })
    .evaluateAll((options) => options.map((option) => (option as unknown as { value: string }).value));
  assert.ok(whole);
  await page.page.locator('select').selectOption(whole);
  await page.page.locator('.span rect.taken').nth(120).waitFor({ state: 'attached' });
  assert.match((await page.page.locator('.figures').textContent())!, /Longest chain/);
  assert.deepEqual(page.complaints, []);
  await page.page.context().close();
}

test('on a telephone, and at twice the size, of a file and of a server: nothing is cut off, nothing moves', async (t) => {
  const { url } = await serve(t, { root: temporary });
  const sizes = [
    { width: 360, height: 740 },
    { width: 640, height: 400 },
  ];
  const others = { hasTouch: true, reducedMotion: 'reduce' } as const;
  await Promise.all(
    sizes.flatMap((viewport) => [
      opened(flagship, '#/graph', { viewport, ...others }).then(fits),
      openedServer(url, { viewport, ...others }).then(fits),
    ]),
  );
});

async function fits(shown: OpenedPage): Promise<void> {
  const { page } = shown;
  for (const view of [...VIEWS, '#/plots']) {
    await go(shown, view);
    const [over, moving] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth - innerWidth, document.getAnimations().length]',
    );
    const where = `${page.url()} at ${page.viewportSize()!.width}`;
    assert.ok(over <= 0, `${where}: ${over} pixels too wide`);
    assert.equal(moving, 0, where);
  }
  await page.context().close();
}

test('names, values and logs are text, whatever is in them; the policy stops code that is made of text', async (t) => {
  const input = EVIL.replaceAll('/', '');
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages:
  "a<b>&": {cmd: 'cat evil.log; exit 1', desc: '${EVIL}', deps: ['${input}'], outs: ["o'<i>"]}
  "large<b>": {cmd: 'cp evil.csv "large<b>.csv"', deps: [evil.csv], outs: ["large<b>.csv"]}
  values:
    matrix: {axis: ['${EVIL}', other], more: [1, 2]}
    cmd: 'cp evil.json "m_\${item.axis}_\${item.more}.json"; cp evil.csv "p_\${item.axis}_\${item.more}.csv"'
    deps: [evil.json, evil.csv]
    params: ['<i onclick=x>']
    metrics: ['m_\${item.axis}_\${item.more}.json': {cache: false}]
    plots: ['p_\${item.axis}_\${item.more}.csv': {x: '${EVIL}', y: y, title: '${EVIL}'}]
`,
    'params.yaml': `'<i onclick=x>': '${EVIL}'\n`,
    'evil.json': JSON.stringify({ [EVIL]: EVIL, '<b>number': 1 }),
    'evil.csv': `"${EVIL.replaceAll('"', '""')}",y\n1,2\n2,3\n`,
    'evil.log': `${EVIL}\n</pre></script><script>document.title=1</script>\n\u001b[31mred\u001b[0m \u202e x \u0000\n`,
    [input]: 'x',
  });
  await workspace.expect(1, 'repro', '-q', '-k', '--report', 'page.html');
  const { url } = await serve(t, workspace);
  for (const shown of [await opened(workspace.path('page.html'), '#/graph'), await openedServer(url)]) {
    const { page, complaints } = shown;
    for (const [view, text] of [
      ['#/graph?open=values&metric=%3Cb%3Enumber', EVIL],
      ['#/graph?at=a%3Cb%3E%26', EVIL],
      ['#/timeline', 'a<b>&'],
      ['#/table/values?chart=parallel', EVIL],
      ['#/table/values?chart=scatter', EVIL],
      ['#/data?by=output', 'large<b>.csv'],
      ['#/plots', EVIL],
      ['#/stage/a%3Cb%3E%26', 'red'],
      [`#/stage/${encodeURIComponent(EVIL)}`, EVIL],
      [`#/${EVIL}`, 'no view of this name'],
    ] as const) {
      await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
      await until(
        page,
        `!document.querySelector('[aria-busy=true]') && document.querySelector('#main').textContent.includes(${JSON.stringify(text)})`,
      );
      assert.notEqual(await page.title(), '1', view);
      assert.equal(await page.locator('main :is(img, b, i[onclick], script)').count(), 0, view);
    }
    await go(shown, '#/stage/a%3Cb%3E%26');
    await page.locator('pre.log').waitFor();
    assert.match((await page.locator('pre.log').textContent())!, /onerror.*\n<\/pre><\/script>.*\nred/);
    // What a debugger evaluates is not stopped: a timer of the page is.
    await page.evaluate(
      `setTimeout(() => { try { new Function('1')(); document.body.dataset.ran = 'yes'; } catch (error) { document.body.dataset.ran = error.name; } })`,
    );
    await page.waitForSelector('body[data-ran]');
    assert.equal(await page.getAttribute('body', 'data-ran'), 'EvalError');
    assert.deepEqual(
      complaints.filter((line) => !/unsafe-eval|Evaluating a string/.test(line)),
      [],
    );
    await page.context().close();
  }
});

test('a thousand and five thousand stages, folded and not; a hundred thousand lines of a log', async (t) => {
  for (const count of [1000, 5000]) {
    const members = Array.from({ length: count - 2 }, (_, index) => index);
    const workspace = makeWorkspace(t, {
      'pipeline.yaml': `stages:
  first: {cmd: 'seq 100000 > long; cat long', outs: [long]}
  many:
    foreach: [${members.join(', ')}]
    do: {cmd: 'cat long > o_\${item}', deps: [long], outs: ['o_\${item}']}
  last: {cmd: cat o_1 > last, deps: [o_1], outs: [last]}
`,
    });
    await workspace.expect(0, 'repro', '-q', 'first');
    await workspace.expect(0, 'ui', 'export', '-o', 'page.html', '--logs', 'full');
    const page = await opened(workspace.path('page.html'), '#/graph');
    assert.equal((await boxes(page.page)).length, 3);
    await go(page, '#/graph?all=1');
    const drawn = (await boxes(page.page)).length;
    assert.ok(drawn > 3 && drawn < 400, `${drawn} of ${count} boxes are drawn`);
    await page.page.locator('.list button').click();
    assert.equal(await page.page.locator('.list li').count(), count);
    await go(page, '#/graph?open=many');
    assert.ok((await page.page.locator('.matrix td a').count()) >= 100);
    for (const view of ['timeline', 'table', 'plots', 'data']) {
      await go(page, `#/${view}`);
      await page.page.locator(`nav a[href="#/${view}"][aria-current]`).waitFor();
      assert.ok((await page.page.locator('main').textContent())!.length > 0, view);
    }
    if (count === 1000) {
      await go(page, '#/stage/first');
      const log = page.page.locator('pre.log');
      assert.match((await log.textContent())!, /^1\n2\n[^]*\n100000\n$/);
      await page.page.locator('.log-tools input').fill('99999');
      await page.page.locator('.log-tools [role=status]', { hasText: '1 of 1' }).waitFor();
    }
    assert.deepEqual(page.complaints, []);
    await page.page.context().close();
  }
});

test('on paper: every stage with its state', async () => {
  const { page } = await opened(flagship, '#/graph');
  await page.emulateMedia({ media: 'print' });
  await page.locator('.paper tbody tr').nth(120).waitFor();
  assert.match((await page.locator('.paper').textContent())!, /121 stages: 1 failed/);
  await page.context().close();
});
