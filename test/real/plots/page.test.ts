// The page of plots in a browser: opened from disk, without a network, light and dark; nothing from data runs or becomes HTML.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { openFile, startBrowser, type OpenedPage } from '../experiment/browser.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const EVIL = '<img src=x onerror="document.title=1">';
const row = (step: number): string => `${step},${1 / (step + 1)},${2 / (step + 1)}`;
const classes = Array.from({ length: 12 }, (_, i) => ({
  actual: 'abc'[i % 3],
  predicted: 'abc'[i % 2],
  [EVIL]: EVIL,
}));
const svg = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="document.title=1"><rect width="40" height="30" fill="${colour}"/><script>document.title = 1</script></svg>`;

function declared(t: TestContext): TestWorkspace {
  const workspace = makeWorkspace(t, {
    'pipeline.yaml': `stages: {}
plots:
- loss.csv: {x: step, y: val.loss}
- Two: {x: step, y: {loss.csv: [loss, val.loss]}, template: simple}
- cm.json: {template: confusion, x: actual, y: predicted}
- '${EVIL}': {x: step, y: {loss.csv: loss}, title: '${EVIL}', y_label: '${EVIL}'}
- outside.csv: {template: outside}
- code.csv: {template: code}
- broken.csv: {template: broken}
- gone.csv
- images
`,
    'loss.csv': `step,loss,val.loss\n${[0, 1, 2, 3].map(row).join('\n')}\n`,
    'cm.json': JSON.stringify(classes),
    'images/1.svg': svg('red'),
    'images/2.svg': svg('blue'),
    '.pipe/plots/outside.json': JSON.stringify({
      layer: [
        { data: { url: 'https://example.org/data.json' }, mark: 'point' },
        {
          data: { values: '<DVC_METRIC_DATA>' },
          mark: { type: 'image', url: 'https://example.org/a.png' },
          encoding: { href: { field: 'b' } },
        },
      ],
    }),
    '.pipe/plots/code.json': JSON.stringify({
      data: { values: '<DVC_METRIC_DATA>' },
      transform: [{ calculate: "constructor.constructor('document.title=1')()", as: 'c' }],
      mark: 'point',
    }),
    '.pipe/plots/broken.json': JSON.stringify({ data: { values: '<DVC_METRIC_DATA>' }, mark: 'nonsense' }),
  });
  for (const name of ['outside', 'code', 'broken'])
    workspace.write(`${name}.csv`, 'a,b\n1,javascript:alert(1)\n');
  return workspace;
}

async function drawnPage(t: TestContext, colorScheme: 'light' | 'dark'): Promise<OpenedPage> {
  const workspace = declared(t);
  await workspace.expect(0, 'plots', 'show', '-o', 'page.html');
  // By itself, as a page that was mailed.
  cpSync(workspace.path('page.html'), workspace.path('elsewhere.html'));
  const title = workspace.root.split('/').at(-1);
  const opened = await openFile(browser, workspace.path('elsewhere.html'), {
    colorScheme,
    viewport: { width: 1100, height: 800 },
  });
  await opened.page.waitForSelector('body[data-drawn]');
  assert.equal(await opened.page.title(), title);
  return opened;
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`${colorScheme}: every plot is drawn, nothing is loaded, nothing runs`, async (t) => {
    const { page, complaints } = await drawnPage(t, colorScheme);
    const figure = (name: string) =>
      page.locator('figure').filter({ has: page.locator('figcaption', { hasText: name }) });
    for (const name of ['loss.csv', 'Two', 'cm.json'])
      assert.equal(await figure(name).locator('svg').count(), 1, name);
    // The smoothed line of a field with a dot.
    assert.ok((await figure('loss.csv').locator('svg path[stroke="#945dd6"]').count()) >= 1);
    assert.equal(await figure('broken.csv').locator('.problem').count(), 1);
    assert.match((await figure('gone.csv').locator('.problem').textContent())!, /does not exist/);
    assert.equal(await page.locator('main img').count(), 2);
    const loaded = await page.evaluate(
      '[...document.images].every((image) => image.complete && image.naturalWidth === 40)',
    );
    assert.equal(loaded, true);
    assert.ok((await page.locator('figcaption', { hasText: EVIL }).count()) === 1);
    const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(paper, colorScheme === 'light' ? 'rgb(252, 252, 250)' : 'rgb(20, 23, 26)');
    const labels = await figure('Two').locator('svg text').first().getAttribute('fill');
    assert.equal(labels, colorScheme === 'light' ? '#5a626b' : '#a7afb8');
    const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.ok((width as number) <= 0, `${String(width)} pixels too wide`);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

test('under the pointer: the values, as text; the cell of a confusion matrix is marked', async (t) => {
  const { page, complaints } = await drawnPage(t, 'light');
  const matrix = page.locator('figure').filter({ has: page.locator('figcaption', { hasText: 'cm.json' }) });
  const box = (await matrix.locator('svg').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
  const tooltip = page.locator('#tooltip');
  await tooltip.waitFor({ state: 'visible' });
  assert.match((await tooltip.textContent())!, /^actual[abc]predicted[abc]xy_count\d+$/);
  await matrix.locator('svg path[fill="lightpink"]').first().waitFor();
  const lines = page.locator('figure').filter({ has: page.locator('figcaption', { hasText: 'Two' }) });
  const plot = (await lines.locator('svg').boundingBox())!;
  await page.mouse.move(plot.x + plot.width - 4, plot.y + plot.height - 4);
  await tooltip.waitFor({ state: 'hidden' });
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('the policy of the page stops code that is made of text', async (t) => {
  const { page } = await drawnPage(t, 'light');
  // What a debugger evaluates is not stopped: a timer of the page is.
  await page.evaluate(
    `setTimeout(() => { try { new Function('1')(); document.body.dataset.ran = 'yes'; } catch (error) { document.body.dataset.ran = error.name; } })`,
  );
  await page.waitForSelector('body[data-ran]');
  assert.equal(await page.getAttribute('body', 'data-ran'), 'EvalError');
  await page.context().close();
});

test('a change between light and dark draws again', async (t) => {
  const { page } = await drawnPage(t, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForSelector('svg text[fill="#a7afb8"]');
  assert.equal(await page.locator('svg text[fill="#5a626b"]').count(), 0);
  await page.context().close();
});
