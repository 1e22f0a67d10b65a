// A browser for the experiment's pages: opened from disk, without a network; everything that goes wrong in them is kept.
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { pathToFileURL } from 'node:url';

export interface OpenedPage {
  readonly page: Page;
  /** Errors, and requests that went anywhere but to the disk or into the page itself. */
  readonly complaints: readonly string[];
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

/** @param before JavaScript that runs in the page before its own */
export async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
  before = '',
): Promise<OpenedPage> {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  await page.addInitScript(before);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}
