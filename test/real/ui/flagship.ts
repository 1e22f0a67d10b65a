// The exported page of a pipeline of many stages, in a browser, opened from disk without a network or from a server.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { runPipe } from '../../workspace.ts';
import { openFile, startBrowser, type OpenedPage } from '../experiment/browser.ts';
import { FLAGSHIP, PARAMS, until } from './pages.ts';

export let browser: Browser;
/** Of the flagship after a whole run: a changed parameter, and a stage that then fails. */
export let flagship: string;
export const temporary = mkdtempSync(join(tmpdir(), 'pipe-ui-'));

export async function makeFlagship(): Promise<void> {
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
}

export async function removeFlagship(): Promise<void> {
  await browser.close();
  rmSync(temporary, { recursive: true });
}

export async function opened(
  file: string,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const result = await openFile(browser, file, { viewport: { width: 1280, height: 800 }, ...options });
  await result.page.waitForSelector('body[data-ready]');
  await go(result, address);
  return result;
}

export async function go({ page }: OpenedPage, address: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
  await page.evaluate(FRAMES);
  await until(page, `!document.querySelector('[aria-busy=true]')`);
}

const FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
