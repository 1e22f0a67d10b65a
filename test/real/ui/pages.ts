// Pipelines to look at, and what every test of a page asks for.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startPipe, type TestWorkspace } from '../../workspace.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

export const EVIL = '<img src=x onerror="document.title=1">';

/** The shape of the experiment: 121 stages, most of them in one matrix. */
export const FLAGSHIP = `vars: [params.yaml]
stages:
  download:
    foreach: [train, test]
    do: {cmd: 'echo \${item} > ds_\${item}', outs: ['ds_\${item}'], desc: One part of the data set}
  noise:
    foreach: \${noise}
    do: {cmd: 'cat ds_train > noisy_\${item}', deps: [ds_train], outs: ['noisy_\${item}']}
  train:
    desc: One configuration of the grid on one fold
    matrix: {noise: '\${noise}', lr: '\${lr}', ch: '\${ch}', fold: '\${fold}'}
    cmd: 'echo epoch; echo "{\\"loss\\": \${item.lr}}" > m_\${key}.json --epochs \${epochs}'
    deps: ['noisy_\${item.noise}']
    metrics: ['m_\${key}.json': {cache: false}]
  select:
    foreach: \${noise}
    do: {cmd: 'cat m_* > sel_\${item}', deps: ['m_\${item}-0.01-32-0.json', 'm_\${item}-0.02-64-1.json'], outs: ['sel_\${item}']}
  classifier: {cmd: 'cp ds_train clf', deps: [ds_train], outs: [clf]}
  evaluate:
    foreach: \${noise}
    do: {cmd: 'cat sel_\${item} ds_test clf > ev_\${item}', deps: ['sel_\${item}', ds_test, clf], outs: ['ev_\${item}']}
  report: {cmd: 'cat ev_* > report', deps: [ev_0.3, ev_0.6, ev_0.9], outs: [report], desc: '${EVIL}'}
`.replace(' --epochs ${epochs}', '; : --epochs ${epochs}');

export const PARAMS = `epochs: 3
noise: [0.3, 0.6, 0.9]
lr: [0.01, 0.02, 0.03]
ch: [32, 64]
fold: [0, 1, 2, 3, 4, 5]
`;

/** Of any rule of axe, in the colours that the page was opened with. */
export async function noViolations(page: Page, where: string): Promise<void> {
  if (await page.evaluate(`typeof axe === 'undefined'`)) await page.evaluate(`${axe};0`);
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
       violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join(' | ')))`,
  )) as string[];
  assert.deepEqual(found, [], where);
}

/** Waits for JavaScript that the page's own policy would not allow it to make of text. */
export async function until(page: Page, condition: string): Promise<void> {
  await page.evaluate(
    `new Promise((done, fail) => {
       const end = performance.now() + 30000;
       const look = () => (${condition}) ? done() : performance.now() > end ? fail(new Error(location.href + ' ' + document.activeElement.outerHTML.slice(0, 300))) : requestAnimationFrame(look);
       look();
     })`,
  );
}

/** Names of the boxes that are drawn. */
export const boxes = (page: Page): Promise<string[]> =>
  page
    .locator('.node')
    .evaluateAll((nodes) => nodes.map((node) => node.querySelector('title')!.textContent ?? ''));

export interface Served {
  readonly process: ChildProcess;
  readonly url: string;
  readonly port: number;
}

export async function serve(
  t: TestContext,
  workspace: Pick<TestWorkspace, 'root'>,
  ...args: string[]
): Promise<Served> {
  const process = startPipe(workspace.root, ['ui', ...args]);
  t.after(() => process.kill('SIGKILL'));
  let text = '';
  process.stdout!.setEncoding('utf8');
  for await (const part of process.stdout! as AsyncIterable<string>) {
    text += part;
    const url = /^(http:\/\/127\.0\.0\.1:(\d+)\/#token=\S+)$/m.exec(text);
    if (url) return { process, url: url[1]!, port: Number(url[2]) };
  }
  throw new Error(`no address: ${text}`);
}

export async function openServed(t: TestContext, browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  return page;
}
