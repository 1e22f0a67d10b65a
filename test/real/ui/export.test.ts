// The exported page in a browser, opened from disk without a network: every view, light and dark, by keyboard, on a telephone, with
// hostile names and logs.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { makeWorkspace, runPipe } from '../../workspace.ts';
import { openFile, startBrowser, type OpenedPage } from '../experiment/browser.ts';
import { boxes, EVIL, FLAGSHIP, noViolations, PARAMS, serve, until } from './pages.ts';

let browser: Browser;
/** Of the flagship after a whole run: a changed parameter, and a stage that then fails. */
let flagship: string;
const temporary = mkdtempSync(join(tmpdir(), 'pipe-ui-'));
before(async () => {
  browser = await startBrowser();
  const write = (name: string, text: string): void => writeFileSync(join(temporary, name), text);
  const pipe = async (code: number, ...args: string[]): Promise<void> => {
    const ran = await runPipe(temporary, args);
    assert.equal(ran.code, code, ran.stdout + ran.stderr);
  };
  write('pipeline.yaml', FLAGSHIP);
  write('params.yaml', PARAMS);
  await pipe(0, 'repro', '-q');
  await pipe(0, 'exp', 'run', 'longer', '-S', 'epochs=9', '-t', 'select@0.3');
  write('params.yaml', PARAMS.replace('epochs: 3', 'epochs: 4'));
  write('pipeline.yaml', FLAGSHIP.replace("'cp ds_train clf'", "'echo to the log; exit 3'"));
  await pipe(1, 'repro', '-q', 'classifier');
  flagship = join(temporary, 'page.html');
  await pipe(0, 'ui', 'export', '-o', flagship);
});
after(async () => {
  await browser.close();
  rmSync(temporary, { recursive: true });
});

async function opened(
  file: string,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const result = await openFile(browser, file, { viewport: { width: 1280, height: 800 }, ...options });
  await result.page.waitForSelector('body[data-ready]');
  await go(result, address);
  return result;
}

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

async function go({ page }: OpenedPage, address: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
  await page.evaluate(FRAMES);
  await until(page, `!document.querySelector('[aria-busy=true]')`);
}

const FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

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

test('by keyboard alone: the list, the graph along its lines, a stage, search, the help', async () => {
  const { page, complaints } = await opened(flagship, '#/graph');
  const at = (): Promise<string> => page.evaluate('decodeURIComponent(location.hash)');
  await page.keyboard.press('/');
  await page.keyboard.type('train@0.3-0.01');
  assert.match(await at(), /q=train/);
  assert.equal(await page.locator('.list .of-group').count(), 12);
  assert.equal(await page.locator('.node.faint').count(), 6);
  await page.locator('input[type=search]').fill('');
  await page.locator('.node[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  assert.match(await at(), /at=download/);
  const isRight = (await page.locator('.drawing').getAttribute('data-direction')) === 'right';
  const way = [await at()];
  while (!/at=report/.test(way.at(-1)!)) {
    await page.keyboard.press(isRight ? 'ArrowRight' : 'ArrowDown');
    await until(page, `decodeURIComponent(location.hash) !== ${JSON.stringify(way.at(-1))}`);
    way.push(await at());
  }
  assert.ok(way.length >= 4 && way.length <= 6, way.join(' '));
  await until(page, `document.activeElement.querySelector('title')?.textContent === 'report'`);
  await page.keyboard.press('f');
  assert.equal(await page.locator('.node.faint').count(), 0);
  await page.keyboard.press('Enter');
  await until(page, `location.hash === '#/stage/report'`);
  // What was chosen is gone with its view.
  await until(page, `document.activeElement.textContent === 'report'`);
  await page.keyboard.press('Shift+?');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('by keyboard alone: all of a view is reached, seen and left; what is closed gives the focus back', async () => {
  const shown = await opened(flagship, '#/graph');
  const { page, complaints } = shown;
  const views = [
    '#/graph',
    '#/graph?open=noise',
    '#/stage/classifier',
    '#/table/noise?chart=parallel',
    '#/data',
    '#/plots',
  ];
  for (const view of views) {
    await go(shown, view);
    await page.locator('.skip').focus();
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const place = await page.evaluate<string | null>(FOCUSED);
      if (place === null) break;
      assert.match(place, /^visible /, `${view}, after ${reached.at(-1)}`);
      reached.push(place);
      assert.ok(reached.length < 60, `${view}: ${reached.join(', ')}`);
    }
    assert.deepEqual(
      reached.slice(0, 5).map((place) => place.replace('visible A ', '')),
      ['Graph', 'Timeline', 'Table', 'Plots', 'Data'],
    );
    // The drawing is one place: its arrows go on from there.
    assert.equal(
      reached.filter((place) => place.startsWith('visible g ')).length,
      view === '#/graph' ? 1 : 0,
    );
  }
  await go(shown, '#/graph?open=noise');
  await page.locator('.matrix-tools a').first().focus();
  await page.keyboard.press('Enter');
  await until(page, `document.activeElement.matches('.node.selected')`);
  await page.locator('.panel a', { hasText: 'Close' }).focus();
  await page.keyboard.press('Enter');
  await until(page, `document.activeElement.title === 'noise'`);
  await page.keyboard.press('Enter');
  await page.locator('.panel').waitFor();
  await go(shown, '#/table/train');
  await page.keyboard.press('/');
  await page.keyboard.type('fold=1');
  await page.getByRole('status').filter({ hasText: '18 of 108 rows' }).waitFor();
  await page.getByRole('button', { name: 'lr' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('th[aria-sort=ascending]', { hasText: 'lr' }).waitFor();
  await page.keyboard.press('Space');
  await page.locator('th[aria-sort=descending]', { hasText: 'lr' }).waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});

/** What has the focus, and whether it can be seen that it has. Null behind the last. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const isMarked = (one) => one && (parseFloat(getComputedStyle(one).outlineWidth) > 0 && getComputedStyle(one).outlineStyle !== 'none');
  const box = at.querySelector(':scope > .box');
  const { top, bottom, left, right } = at.getBoundingClientRect();
  const isSeen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  const isShown = isSeen && (isMarked(at) || (box && parseFloat(getComputedStyle(box).strokeWidth) >= 2));
  return (isShown ? 'visible ' : 'hidden ') + at.localName.replace(/^a$/, 'A') + ' ' + (at.getAttribute('aria-label') ?? at.textContent.slice(0, 40));
})()`;

test('the table: sorted, filtered, averaged, drawn and compared, by its controls', async () => {
  const { page, complaints } = await opened(flagship, '#/table/train');
  const rows = page.locator('section:last-child .values tbody tr');
  const first = async (): Promise<string | null> => rows.first().locator('th').textContent();
  await page.locator('.values thead').waitFor();
  assert.equal(await rows.count(), 108);
  await page.getByRole('button', { name: 'loss' }).click();
  await page.locator('th[aria-sort=ascending]', { hasText: 'loss' }).waitFor();
  assert.match((await first())!, /^train@0\.3-0\.01-/);
  await page.getByRole('button', { name: 'loss' }).click();
  await page.locator('th[aria-sort=descending]', { hasText: 'loss' }).waitFor();
  assert.match((await first())!, /^train@0\.3-0\.03-/);
  await page.getByRole('searchbox').fill('loss<0.025 ch=64');
  await page.getByRole('status').filter({ hasText: '36 of 108 rows' }).waitFor();
  const means = page.locator('.choices', { hasText: 'Means over' });
  await means.locator('summary').click();
  await means.getByRole('checkbox', { name: 'fold' }).check();
  await page.getByRole('status').filter({ hasText: '6 of 18 rows' }).waitFor();
  assert.match((await rows.first().textContent())!, /0\.02 ± 0/);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('parallel');
  assert.equal(await page.locator('path.row-line').count(), 18);
  assert.equal(await page.locator('path.row-line.faint').count(), 12);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('scatter');
  assert.equal(await page.locator('circle.point').count(), 6);
  await page.getByRole('combobox', { name: 'Chart' }).selectOption('importance');
  const importance = page.getByRole('region', { name: 'Importance for loss' });
  assert.ok((await importance.locator('tbody tr').count()) > 0);
  await rows.nth(0).getByRole('checkbox').check();
  await rows.nth(5).getByRole('checkbox').check();
  const comparison = page.getByRole('region', { name: 'Comparison' });
  assert.match((await comparison.locator('h3').textContent())!, /^2 compared: [34] of 5 values differ/);
  assert.equal(await comparison.locator('tr.changed', { hasText: 'noise' }).count(), 1);
  assert.equal(await comparison.locator('tbody tr', { hasText: 'ch axis' }).count(), 0);
  await page.getByRole('button', { name: 'Equal values too' }).click();
  await comparison.locator('tbody tr:not(.changed)', { hasText: 'ch axis' }).waitFor();
  // All of it is in the address.
  const address = await page.evaluate<string>('location.href');
  await page.evaluate(`location.hash = '#/graph'`);
  await page.locator('.node').first().waitFor();
  await page.goto(address);
  await page.reload();
  await comparison.locator('tbody tr:not(.changed)', { hasText: 'ch axis' }).waitFor();
  await page.locator('select').first().selectOption(':experiments');
  await rows.nth(1).waitFor();
  assert.deepEqual(await rows.locator('th').allTextContents(), ['workspace', 'longer']);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('what is large: by group and by output, searched; nothing that needs a server', async () => {
  const { page, complaints } = await opened(flagship, '#/data');
  const rows = page.locator('section tbody tr');
  assert.match((await page.locator('h3').first().textContent())!, /^121 outputs, [\d.]+ k?B$/);
  assert.match((await rows.filter({ hasText: 'train' }).first().textContent())!, /^train108 outputs/);
  await page.getByRole('combobox', { name: 'By' }).selectOption('output');
  assert.equal(await rows.count(), 100);
  await page.getByRole('button', { name: 'Show all 121' }).click();
  assert.equal(await rows.count(), 121);
  await page.getByRole('searchbox').fill('sel_');
  assert.equal(await rows.count(), 3);
  assert.equal(await page.getByRole('button').count(), 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

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
