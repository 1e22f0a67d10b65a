// The page on which one draws a digit: noise is added to it, and the final models denoise it at once. What is computed is the stages'
// own code; here are only the page's controls.
import { readDigits } from '../../model/classifier.ts';
import { drawDigits } from '../../data/digits/draw.ts';
import { meanSquaredError } from '../../measure/metrics.ts';
import { denoise } from '../../model/model.ts';
import { addNoise } from '../../data/noise.ts';
import { asBytes, npyHeader } from '../../data/npy.ts';
import { unpack, type Payload } from '../payload.ts';
import { imageOf, nearestLevel } from '../strokes.ts';
import { startEngine } from './engine.ts';
import { makePad } from './pad.ts';

const SIZE = 28;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

function show(id: string, text: string): void {
  element(id, HTMLElement).textContent = text;
}

function dataOf(id: string): unknown {
  return JSON.parse(element(id, HTMLScriptElement).text);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function showImage(id: string, image: Float32Array): void {
  const pixels = new ImageData(SIZE, SIZE);
  for (const [at, value] of image.entries())
    pixels.data.set([...Array.from({ length: 3 }, () => Math.round(255 * value)), 255], 4 * at);
  element(id, HTMLCanvasElement).getContext('2d')!.putImageData(pixels, 0, 0);
}

function save(name: string, parts: readonly Uint8Array<ArrayBuffer>[]): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([...parts]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const { models, classifier } = unpack(dataOf('payload') as Payload, bytesOf);
const levels = models.map(({ level }) => level);
const noise = element('noise', HTMLInputElement);
const choice = element('model', HTMLSelectElement);
let clean = new Float32Array(SIZE * SIZE);
let seed = 1;
/** Is something computed, and has something changed since it began? */
let [busy, changed] = [false, false];
/** What is on the screen, one after the other: clean, noisy, denoised. */
let shown = new Float32Array(3 * SIZE * SIZE);

async function compute(): Promise<void> {
  const image = clean;
  const sigma = Number(noise.value);
  const noisy = addNoise(image, sigma, seed);
  const chosen = choice.value === '' ? nearestLevel(levels, sigma) : Number(choice.value);
  const { level, name, model } = models[chosen]!;
  const start = performance.now();
  const denoised = await denoise(model, noisy, [0]);
  const took = performance.now() - start;
  shown = Float32Array.from([...image, ...noisy, ...denoised]);
  showImage('clean', image);
  showImage('noisy', noisy);
  showImage('denoised', denoised);
  show('sigma', sigma.toFixed(2));
  const empty = image.every((value) => value === 0);
  const digits = await readDigits(classifier, shown);
  for (const [at, id] of ['clean', 'noisy', 'denoised'].entries()) {
    const error = meanSquaredError(shown.subarray(at * SIZE * SIZE, (at + 1) * SIZE * SIZE), image);
    const read = empty ? '' : `read as ${digits[at]}`;
    show(`${id}-text`, at === 0 ? read : `${read} · MSE ${error.toFixed(4)}`);
  }
  const size = parameterText(model.weights.values());
  show('took', `${name} trained for σ = ${level}, ${size} numbers, ${took.toFixed(1)} ms`);
}

function parameterText(weights: Iterable<Float32Array>): string {
  let count = 0;
  for (const values of weights) count += values.length;
  return count.toLocaleString('en');
}

/** Computes now, or once more when the computation that is under way has ended. */
async function update(): Promise<void> {
  changed = true;
  if (busy) return;
  busy = true;
  while (changed) {
    changed = false;
    await compute();
  }
  busy = false;
}

/** The same for events, which do not wait. */
const later = (): void => void update();

const pad = makePad(element('pad', HTMLCanvasElement), (strokes) => {
  clean = new Float32Array(imageOf(strokes));
  later();
});
for (const [at, { level, name }] of models.entries())
  choice.append(new Option(`${name} for σ = ${level}`, String(at)));
noise.value = levels[Math.floor((levels.length - 1) / 2)]!;

try {
  const engine = await startEngine(element('wasm', HTMLScriptElement).text.trim());
  show('status', `${engine}. Nothing leaves this page.`);
  for (const control of [noise, choice]) control.addEventListener('input', later);
  element('again', HTMLButtonElement).addEventListener('click', () => {
    seed++;
    later();
  });
  element('clear', HTMLButtonElement).addEventListener('click', () => pad.clear());
  element('example', HTMLButtonElement).addEventListener('click', () => {
    pad.clear();
    clean = Float32Array.from(drawDigits(1, ++seed, 'example').images, (value) => value / 255);
    later();
  });
  element('save', HTMLButtonElement).addEventListener('click', () =>
    save('drawing.npy', [npyHeader([3, SIZE, SIZE]), new Uint8Array(asBytes(shown))]),
  );
  for (const button of document.querySelectorAll('button')) button.disabled = false;
  await update();
  document.body.dataset['ready'] = 'true';
} catch (error) {
  show('status', `This browser cannot run the model: ${String(error)}`);
  throw error;
}
