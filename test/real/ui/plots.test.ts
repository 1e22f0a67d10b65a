// The plots of the page: drawn when they are looked at, from a file without a network and from a server, under a policy that stops code
// that is made of text.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { makeWorkspace, type TestWorkspace } from '../../workspace.ts';
import { openFile, startBrowser } from '../experiment/browser.ts';
import { EVIL, noViolations, openServed, serve, until } from './pages.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const FILES = {
  'pipeline.yaml': `vars: [params.yaml]
stages:
  train:
    cmd: 'sh make.sh \${lr}'
    deps: [make.sh]
    plots:
      - curve.csv: {x: step, y: loss, title: '${EVIL}'}
      - confusion.csv: {template: confusion, x: actual, y: predicted}
      - picture.svg
plots:
  - both: {x: step, y: {curve.csv: [loss, acc]}}
`,
  'params.yaml': 'lr: 0.1\n',
  'make.sh': `printf 'step,loss,acc\\n0,1,0\\n1,%s,0.5\\n2,0.2,0.7\\n' "$1" > curve.csv
printf 'actual,predicted\\na,a\\nb,%s\\n' '${EVIL}' > confusion.csv
printf '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><script>document.title=1</script></svg>' > picture.svg
`,
};

async function project(t: Parameters<typeof makeWorkspace>[0]): Promise<TestWorkspace> {
  const workspace = makeWorkspace(t, FILES);
  await workspace.expect(0, 'repro', '-q');
  await workspace.expect(0, 'exp', 'run', 'fast', '-S', 'lr=0.4');
  return workspace;
}

const DRAWN = `document.body.dataset.drawn === 'yes'`;
const names = (page: Page): Promise<string[]> => page.locator('.plots figcaption').allTextContents();
const images = (page: Page): Promise<string[]> => page.locator('.plots .images p').allTextContents();

test('of a file: drawn when they are looked at, with experiments; accessible, nothing loaded, nothing run', async (t) => {
  const workspace = await project(t);
  await workspace.expect(0, 'ui', 'export', '-o', 'page.html');
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints } = await openFile(browser, workspace.path('page.html'), { colorScheme });
    await page.waitForSelector('body[data-ready]');
    assert.equal(await page.evaluate('typeof pipePlots'), 'undefined');
    await page.evaluate(`location.hash = '#/plots'`);
    await until(page, DRAWN);
    assert.deepEqual((await names(page)).sort(), ['both', 'confusion.csv', 'curve.csv', 'picture.svg']);
    assert.equal(await page.locator('.plots svg.marks').count(), 3);
    assert.deepEqual(await images(page), ['workspace', 'fast']);
    const labels = page.locator('.plots figure', { hasText: 'both' }).locator('.role-legend-label text');
    assert.ok((await labels.allTextContents()).includes('fast'));
    assert.ok((await page.locator('.plots text', { hasText: EVIL }).count()) > 0);
    assert.equal(await page.locator('.plots img').count(), 2);
    assert.notEqual(await page.title(), '1');
    await noViolations(page, `plots, ${colorScheme}`);
    // Without the experiment.
    await page.locator('.choices summary').click();
    await page.getByRole('checkbox', { name: 'fast' }).uncheck();
    await page.getByRole('status').filter({ hasText: 'plots of workspace' }).waitFor();
    await until(page, `${DRAWN} && document.querySelectorAll('.plots img').length === 1`);
    assert.deepEqual(await images(page), ['workspace']);
    // Another view takes them away.
    await page.evaluate(`location.hash = '#/data'`);
    await until(
      page,
      `document.querySelector('.plots') === null && document.body.dataset.drawn === undefined`,
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test('of a server: a revision of git, one that there is not, a run that changes them', async (t) => {
  const workspace = await project(t);
  for (const args of [
    ['init', '-q'],
    ['add', 'pipeline.yaml', 'params.yaml', 'make.sh', 'pipeline.lock'],
    ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'one'],
  ])
    execFileSync('git', args, { cwd: workspace.root });
  const { url } = await serve(t, workspace);
  const page = await openServed(t, browser, url);
  await page.evaluate(`location.hash = '#/plots'`);
  await until(page, DRAWN);
  assert.deepEqual(await images(page), ['workspace']);
  await page.getByRole('searchbox', { name: 'Another revision' }).fill('HEAD');
  await page.keyboard.press('Enter');
  await until(page, `${DRAWN} && document.querySelectorAll('.plots img').length === 2`);
  assert.deepEqual(await images(page), ['workspace', 'HEAD']);
  await page.getByRole('searchbox', { name: 'Another revision' }).fill('gone');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'gone' }).waitFor();
  await page.evaluate(`location.hash = '#/plots'`);
  await until(page, `${DRAWN} && document.querySelector('[role=alert]') === null`);
  const points = `[...document.querySelectorAll('.plots figure')].find((one) => one.textContent.includes('both')).querySelector('.mark-line path').getAttribute('d')`;
  const before = await page.evaluate<string>(points);
  workspace.write('params.yaml', 'lr: 0.9\n');
  await workspace.expect(0, 'repro', '-q');
  await until(page, `${DRAWN} && ${points} !== ${JSON.stringify(before)}`);
});

test('without plots: smaller, and it says so', async (t) => {
  const workspace = await project(t);
  await workspace.expect(0, 'ui', 'export', '-o', 'page.html', '--no-plots');
  const size = workspace.read('page.html').length;
  assert.ok(size < 300_000, `${size} bytes`);
  const { page, complaints } = await openFile(browser, workspace.path('page.html'));
  await page.waitForSelector('body[data-ready]');
  await page.evaluate(`location.hash = '#/plots'`);
  await page.getByText('There are no plots here').waitFor();
  assert.deepEqual(complaints, []);
  await page.context().close();
});
