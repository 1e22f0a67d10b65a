// The report in a browser, from disk, without a network: wide and narrow, light and dark, on paper.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { page as reportPage } from '../../../stages/lib/report/page.ts';
import { METHODS } from '../../../stages/lib/measure/test-metrics.ts';
import { sampleCurves, sampleImages } from '../../stages/sample-results.ts';
import { openFile, startBrowser } from './browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-report-'));
const file = join(folder, 'report.html');
let browser: Browser;

before(async () => {
  const results = sampleCurves();
  const diagram =
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90"><rect width="900" height="90"/></svg>';
  const html = reportPage(
    results,
    results.levels.map((level) => ({
      level,
      samples: sampleImages(),
      folders: { evaluation: '../evaluate', baseline: '../baseline' },
    })),
    {
      dataset: 'mnist',
      commit: '1'.repeat(40),
      program: 'Node.js',
      times: results.levels.map(() => Object.fromEntries(METHODS.map((method, at) => [method, at + 0.5]))),
      fingerprints: [['Data/autoencoder/retrain/noise0.5/model_final.safetensors', 'ab'.repeat(32)]],
      diagrams: results.levels.map(() => diagram),
    },
    { figures: '../figures', tables: '../tables', draw: 'draw.html' },
  );
  writeFileSync(file, html);
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const width of [360, 390, 768, 1100])
  for (const colorScheme of ['light', 'dark'] as const)
    test(`${width} pixels wide, ${colorScheme}: nothing sticks out, every picture is there`, async () => {
      const { page, complaints } = await openFile(browser, file, {
        viewport: { width, height: 800 },
        colorScheme,
      });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok((overflow as number) <= 0, `${String(overflow)} pixels too wide`);
      const missing = await page.evaluate(
        '[...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length',
      );
      assert.equal(missing, 0);
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      assert.equal(paper, colorScheme === 'light' ? 'rgb(252, 252, 250)' : 'rgb(20, 23, 26)');
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

test('on a phone no table has a column to be scrolled to: each value is beside the title of its column', async () => {
  const { page } = await openFile(browser, file, { viewport: { width: 390, height: 844 } });
  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
  const tables = (await page.evaluate(
    '[...document.querySelectorAll(".wide:has(table)")].map((one) => [one.ariaLabel, one.scrollWidth - one.clientWidth])',
  )) as [name: string, beyond: number][];
  assert.ok(tables.length >= 7, String(tables.length));
  for (const [name, beyond] of tables) assert.ok(beyond <= 0, `${name}: ${beyond} pixels to be scrolled`);
  const untitled = await page.evaluate(
    '[...document.querySelectorAll(".wide table:not(.facts-table) td")].filter((cell) => getComputedStyle(cell, "::before").content === "none").length',
  );
  assert.equal(untitled, 0);
  // Below the title of its column, and no title without a value.
  const misplaced = await page.evaluate(
    '[...document.querySelectorAll("tbody th, tbody td")].filter((cell) => cell.offsetParent !== null && (getComputedStyle(cell).textAlign !== "left" || cell.textContent === "")).map((cell) => cell.dataset.title)',
  );
  assert.deepEqual(misplaced, []);
  await page.context().close();
});

test('for a screen reader: one title, named regions, tables and pictures', async () => {
  const { page } = await openFile(browser, file);
  for (const [role, least] of [
    ['main', 1],
    ['navigation', 1],
    ['region', 7],
    ['table', 7],
    ['img', 30],
  ] as const) {
    const found = page.getByRole(role, { name: role === 'main' ? undefined : /.+/ } as object);
    assert.ok((await found.count()) >= least, `${role}: ${await found.count()}`);
  }
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  assert.equal(await page.getByRole('rowheader').first().textContent(), 'Noisy input');
  await page.context().close();
});

test('on paper: a few pages, light in dark mode too, nothing folded away', async () => {
  const { page } = await openFile(browser, file, { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  assert.equal(await page.locator('nav').isVisible(), false);
  const pdf = await page.pdf({ format: 'A4' });
  assert.equal(pdf.toString('latin1', 0, 5), '%PDF-');
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length;
  // Tables of few rows are not kept with everything around them, and charts are three in a row: no half-empty pages.
  assert.ok(pages >= 4 && pages <= 9, `${pages} pages`);
  await page.context().close();
});
