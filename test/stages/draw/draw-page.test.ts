// The page on which one draws a digit: what it carries survives being text, strokes become images as the model knows them, and its
// program asks for nothing of Node's. (That it works in a browser is shown in test/real.)
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { bundleForBrowser } from '../../../stages/lib/draw/bundle.ts';
import { drawPage } from '../../../stages/lib/draw/page.ts';
import { pack, unpack, type Contents } from '../../../stages/lib/draw/payload.ts';
import { imageOf, nearestLevel } from '../../../stages/lib/draw/strokes.ts';
import { networkParameters, parameterSize, type Network } from '../../../stages/lib/model/classifier.ts';
import type { Model } from '../../../stages/lib/model/model.ts';
import { random } from '../../../stages/lib/data/random.ts';
import { useBackend } from '../../../stages/lib/stage/backend.ts';
import { startTrainer } from '../../../stages/lib/training/trainer.ts';

before(() => useBackend('cpu', 1));

async function untrained(): Promise<Model> {
  const trainer = startTrainer({ model: 'cdae', filters: [2, 3, 4], latentDim: 5 }, 42);
  const model = await trainer.snapshot();
  trainer.dispose();
  return model;
}

function network(): Network {
  const source = random(1, 'test');
  const weights = networkParameters([2, 3]).map((parameter): [string, Float32Array] => [
    parameter.name,
    Float32Array.from({ length: parameterSize(parameter) }, () => source.normal()),
  ]);
  return { channels: [2, 3], weights: new Map(weights) };
}

test('models and classifier survive being text, bit by bit', async () => {
  const contents: Contents = {
    models: [
      { level: '0.3', name: 'Autoencoder', model: await untrained() },
      { level: '0.50', name: 'Autoencoder', model: await untrained() },
    ],
    classifier: network(),
  };
  const text = JSON.stringify(pack(contents, (bytes) => Buffer.from(bytes).toString('base64')));
  const back = unpack(JSON.parse(text) as ReturnType<typeof pack>, (base64) =>
    Uint8Array.from(Buffer.from(base64, 'base64')),
  );
  assert.deepEqual(back, contents);
});

test('strokes of any size become images as MNIST has them: 20 pixels long, ink around the middle', () => {
  for (const scale of [1, 40]) {
    const image = imageOf([
      [
        [5 * scale, 2 * scale],
        [5 * scale, 9 * scale],
      ],
    ]);
    const inked = [...image.keys()].filter((at) => image[at]! >= 0.5);
    const rows = inked.map((at) => Math.floor(at / 28));
    const columns = inked.map((at) => at % 28);
    assert.equal(Math.max(...rows) - Math.min(...rows) + 1, 20);
    assert.ok(Math.abs(columns.reduce((a, b) => a + b, 0) / columns.length - 13.5) <= 0.5);
  }
});

test('a dot is drawn, and nothing is nothing', () => {
  assert.ok(imageOf([[[100, 100]]]).some((value) => value > 0.5));
  assert.ok(imageOf([]).every((value) => value === 0));
  assert.ok(imageOf([[]]).every((value) => value === 0));
});

test('the model of the nearest noise level is taken', () => {
  const levels = ['0.3', '0.5', '0.8'];
  assert.deepEqual(
    [0, 0.35, 0.39, 0.5, 0.7, 1].map((sigma) => nearestLevel(levels, sigma)),
    [0, 0, 0, 1, 2, 2],
  );
});

test('the program is one module without imports, and the page asks nothing of any network', async () => {
  const program = await bundleForBrowser();
  assert.doesNotMatch(program, /\bfrom ?["'][^"']+["']|\bimport ?["']/);
  assert.equal(program, await bundleForBrowser(), 'the same each time');
  const page = drawPage(
    pack({ models: [], classifier: network() }, () => ''),
    'let a = "</script>";',
    new Uint8Array(8),
  );
  assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
  assert.equal(page.match(/<\/script/g)!.length, 3, 'a program cannot end its element');
});
