// The page on which one draws a digit, in a browser, from disk, without a network: what it shows is what the stages would compute.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { writeNetwork } from '../../../stages/lib/model/classifier-file.ts';
import { fitClassifier } from '../../../stages/lib/training/fit-classifier.ts';
import { drawDigits } from '../../../stages/lib/data/digits/draw.ts';
import type { Architecture } from '../../../stages/lib/model/architecture.ts';
import { writeModel } from '../../../stages/lib/model/model-file.ts';
import { denoise, type Model } from '../../../stages/lib/model/model.ts';
import { addNoise } from '../../../stages/lib/data/noise.ts';
import { readNpy } from '../../../stages/lib/data/npy.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';
import { openFile, startBrowser } from './browser.ts';

const repository = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'pipe-draw-'));
const file = join(folder, 'report/draw.html');
const drawn = drawDigits(64, 1, 'train');
const clean = Float32Array.from(drawn.images, (value) => value / 255);
const models = new Map<string, Model>();
let browser: Browser;

/** A few steps, so that the running statistics are those of data. */
async function trained(architecture: Architecture, level: number): Promise<Model> {
  const noisy = addNoise(clean, level, 42);
  const trainer = startTrainer(architecture, 42);
  for (let step = 0; step < 20; step++) await trainer.step({ noisy, clean }, 0.005);
  const model = await trainer.snapshot();
  trainer.dispose();
  return model;
}

before(async () => {
  await useBackend('wasm', 1);
  models.set('0.3', await trained({ model: 'cdae', filters: [4, 6, 8], latentDim: 10 }, 0.3));
  models.set('0.8', await trained({ model: 'unet', filters: [4, 6, 8] }, 0.8));
  for (const [level, model] of models)
    writeModel(join(folder, `retrain/noise${level}/model_final.safetensors`), model);
  const options = { channels: [4, 6], seed: 1, batchSize: 8, learningRate: 0.01, epochs: 4 } as const;
  const network = await fitClassifier(clean, Uint8Array.from(drawn.labels), options, () => {});
  writeNetwork(join(folder, 'classifier.safetensors'), network);
  const stage = join(repository, 'stages/draw_page.ts');
  const classifier = join(folder, 'classifier.safetensors');
  const flags = ['--retrain', join(folder, 'retrain'), '--classifier', classifier, '--out', file];
  const { status, stderr } = spawnSync(process.execPath, [stage, ...flags], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A seven. */
async function draw(page: Page): Promise<void> {
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
  const move = (across: number, down: number): Promise<void> =>
    page.mouse.move(x + across * width, y + down * height, { steps: 8 });
  await move(0.3, 0.2);
  await page.mouse.down();
  await move(0.7, 0.2);
  await move(0.45, 0.8);
  await page.mouse.up();
}

const pixels = (page: Page, id: string): Promise<string> =>
  page.locator(`#${id}`).evaluate((canvas: { toDataURL(): string }) => canvas.toDataURL());

/** What the page shows now: clean, noisy, denoised; as its button saves it. */
async function saved(page: Page): Promise<readonly [Float32Array, Float32Array, Float32Array]> {
  const coming = page.waitForEvent('download');
  await page.locator('#save').click();
  const path = join(folder, 'drawing.npy');
  await (await coming).saveAs(path);
  const { shape, values } = readNpy(path);
  assert.deepEqual(shape, [3, 28, 28]);
  const [image, noisy, denoised] = [0, 1, 2].map((at) => values.subarray(784 * at, 784 * (at + 1)));
  return [image!, noisy!, denoised!];
}

async function assertDenoised(page: Page, sigma: number, level: string): Promise<void> {
  const [image, noisy, denoised] = await saved(page);
  assert.deepEqual(noisy, addNoise(image, sigma, 1), 'the same noise as in Node, bit by bit');
  const expected = await denoise(models.get(level)!, noisy, [0]);
  const worst = denoised.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
  assert.ok(worst < 1e-4, `largest difference ${worst}`);
}

test('a drawn digit is denoised at once, as Node would do it, with every model', async () => {
  const { page, complaints } = await openFile(browser, file);
  await page.waitForSelector('body[data-ready]');
  assert.match((await page.locator('#status').textContent())!, /WebAssembly/);
  const before = await pixels(page, 'denoised');
  await draw(page);
  await page.waitForFunction('document.querySelector("#clean-text").textContent !== ""');
  assert.notEqual(await pixels(page, 'denoised'), before);
  const [image] = await saved(page);
  assert.ok(image.filter((value) => value > 0.5).length > 30, 'ink');
  await assertDenoised(page, 0.3, '0.3');

  const atLow = await pixels(page, 'noisy');
  await page.locator('#noise').fill('0.8');
  await page.waitForFunction('document.querySelector("#took").textContent.includes("U-Net")');
  assert.notEqual(await pixels(page, 'noisy'), atLow);
  await assertDenoised(page, 0.8, '0.8');
  await page.locator('#model').selectOption({ index: 1 });
  await page.waitForFunction('document.querySelector("#took").textContent.includes("Autoencoder")');
  await assertDenoised(page, 0.8, '0.3');
  assert.deepEqual(complaints, []);
});

test('without a mouse: an example is drawn by a button, and cleared by another', async () => {
  const { page, complaints } = await openFile(browser, file, { viewport: { width: 390, height: 800 } });
  await page.waitForSelector('body[data-ready]');
  const empty = await pixels(page, 'clean');
  await page.locator('#example').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    '/read as \\d · MSE/.test(document.querySelector("#denoised-text").textContent)',
  );
  assert.notEqual(await pixels(page, 'clean'), empty);
  await page.locator('#clear').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction('document.querySelector("#clean-text").textContent === ""');
  assert.equal(await pixels(page, 'clean'), empty);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok((overflow as number) <= 0, `${String(overflow)} pixels too wide for a phone`);
  assert.deepEqual(complaints, []);
});

test('in a browser without WebAssembly, plain JavaScript gives the same', async () => {
  const { page } = await openFile(browser, file, {}, 'delete globalThis.WebAssembly');
  await page.waitForSelector('body[data-ready]');
  assert.match((await page.locator('#status').textContent())!, /plain JavaScript/);
  await draw(page);
  await page.waitForFunction('document.querySelector("#clean-text").textContent !== ""');
  await assertDenoised(page, 0.3, '0.3');
});
