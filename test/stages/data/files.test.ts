// The stages' file formats: what is written is read again, and what is broken is named.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decode, encode } from 'fast-png';
import { writeJson } from '../../../stages/lib/stage/files.ts';
import { decodeIdx, encodeIdx, takeFirst } from '../../../stages/lib/data/idx.ts';
import { readImages, writeImages } from '../../../stages/lib/data/image-files.ts';
import {
  membersOfClasses,
  oneOfEachClass,
  readLabels,
  readNoisyImages,
} from '../../../stages/lib/data/images.ts';
import { readNpy, writeNpy } from '../../../stages/lib/data/npy.ts';
import { readSheet, writeSheet } from '../../../stages/lib/data/png-images.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../stages/lib/model/safetensors.ts';
import { finalModels, seedFile } from '../../../stages/lib/model/final-models.ts';
import { readModel, writeModel } from '../../../stages/lib/model/model-file.ts';
import { blocks, parameters, parameterCount } from '../../../stages/lib/model/architecture.ts';
import { startValues } from '../../../stages/lib/model/parameters.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-stage-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('idx', () => {
  const file = { shape: [3, 2, 2], values: Uint8Array.from({ length: 12 }, (_, at) => at) };
  const bytes = encodeIdx(file);
  assert.deepEqual([...bytes.subarray(0, 8)], [0, 0, 8, 3, 0, 0, 0, 3]);
  assert.deepEqual(decodeIdx(bytes, 'f'), file);
  assert.deepEqual(takeFirst(file, 2), { shape: [2, 2, 2], values: file.values.subarray(0, 8) });
  assert.deepEqual(takeFirst(file, 9).shape, [3, 2, 2]);
  assert.throws(() => decodeIdx(bytes.subarray(0, 20), 'f'), /f has 4 values; its header says 12/);
  for (const other of [Buffer.from('<html>'), Buffer.from('\u0008\0\u0008\u0001\0\0\0\0')])
    assert.throws(() => decodeIdx(other, 'f'), /f is no idx file/);
});

test('npy', () => {
  const values = Float32Array.of(0, 0.5, -1, 1e-7, 3, 4);
  const path = join(folder, 'a.npy');
  writeNpy(path, { shape: [2, 3], values });
  assert.deepEqual(readNpy(path), { shape: [2, 3], values });
  const bytes = readFileSync(path);
  assert.equal(bytes.indexOf('\n') % 64, 63, 'values start at a multiple of 64');
  writeFileSync(path, bytes.subarray(0, -4));
  assert.throws(() => readNpy(path), /has 20 bytes of values; its shape needs 24/);
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(4)]));
  assert.throws(() => readNpy(path), /has 28 bytes of values; its shape needs 24/);
  const changed = (from: string, to: string): void =>
    writeFileSync(path, bytes.toString('latin1').replace(from, to), 'latin1');
  changed('<f4', '<f8');
  assert.throws(() => readNpy(path), /holds values of the type <f8; <f4 can be read: convert it/);
  changed('<f4', '>f4');
  assert.throws(() => readNpy(path), /the type >f4 \(big-endian\)/);
  changed("'fortran_order': False", "'fortran_order': True ");
  assert.throws(() => readNpy(path), /is in Fortran order/);

  // A tuple of one needs its comma in Python.
  writeNpy(path, { shape: [2], values: values.subarray(0, 2) });
  assert.match(readFileSync(path, 'latin1'), /'shape': \(2,\), /);
  // Older versions of NumPy align values to 16 bytes, other programs not at all.
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3) }\n`;
  assert.notEqual((10 + header.length) % 4, 0);
  const text = `\u0093NUMPY\u0001\0${String.fromCharCode(header.length)}\0${header}`;
  writeFileSync(path, Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(values.buffer)]));
  assert.deepEqual(readNpy(path), { shape: [2, 3], values });
});

test('images are 0 … 1 and what noise comes to; numbers of another scale are refused', () => {
  const path = join(folder, 'images.npy');
  const read = (value: number): Float32Array => {
    writeNpy(path, { shape: [1, 28, 28], values: new Float32Array(784).fill(value) });
    return readImages(path).values;
  };
  assert.deepEqual(
    [0.5, 1.5, -0.5].map((value) => read(value)[0]),
    [0.5, 1, 0],
  );
  const flat = { shape: [784], values: new Float32Array(784).fill(0.5) };
  writeImages(path, flat);
  assert.deepEqual(readNpy(path), flat, 'in the shape that came in');
  for (const value of [255, -21, NaN]) assert.throws(() => read(value), /floats are 0 … 1/);
  const bytes = Uint8Array.from({ length: 2 * 784 }, (_, at) => at % 256);
  const idx = encodeIdx({ shape: [2, 28, 28], values: bytes });
  for (const [name, content] of [
    ['images.idx', idx],
    ['images-ubyte.gz', gzipSync(idx)],
  ] as const) {
    writeFileSync(join(folder, name), content);
    assert.deepEqual(readImages(join(folder, name)), {
      shape: [2, 28, 28],
      values: Float32Array.from(bytes, (byte) => byte / 255),
    });
  }
  writeImages(join(folder, 'out.idx'), {
    shape: [2, 28, 28],
    values: Float32Array.from(bytes, (byte) => byte / 255),
  });
  assert.deepEqual(readFileSync(join(folder, 'out.idx')), Buffer.from(idx));
  // What lies between two steps becomes the nearest one, what is beyond them the last one.
  const steps = Float32Array.from({ length: 784 }, (_, at) => ([-0.1, 0.4, 0.6, 254.6, 256][at] ?? 0) / 255);
  writeImages(join(folder, 'out.idx'), { shape: [1, 28, 28], values: steps });
  assert.deepEqual([...readFileSync(join(folder, 'out.idx')).subarray(16, 21)], [0, 0, 1, 255, 255]);
});

test('images, their noise and their classes are of one number; of each class the first one is shown', () => {
  const [labels, noisy] = [join(folder, 'labels'), join(folder, 'noisy.npy')];
  writeFileSync(labels, encodeIdx({ shape: [5], values: Uint8Array.of(3, 1, 3, 1, 0) }));
  writeNpy(noisy, { shape: [1, 28, 28], values: new Float32Array(784) });
  assert.deepEqual([...readLabels(labels, 5)], [3, 1, 3, 1, 0]);
  assert.throws(() => readLabels(labels, 4), { message: `${labels} has shape [5]; there are 4 images` });
  assert.throws(() => readNoisyImages(noisy, new Float32Array(2 * 784)), {
    message: `${noisy} has shape [1, 28, 28]; the clean set has 2 images`,
  });
  assert.throws(() => readNoisyImages(noisy, []), /the clean set has 0 images/);
  assert.equal(readNoisyImages(noisy, new Uint8Array(784)).length, 784);
  assert.deepEqual(oneOfEachClass(readLabels(labels, 5)), [4, 1, 0]);
  assert.deepEqual(membersOfClasses(readLabels(labels, 5)), [
    { class: 0, members: [4] },
    { class: 1, members: [1, 3] },
    { class: 3, members: [0, 2] },
  ]);
});

test('safetensors', () => {
  const file = {
    metadata: { format: 'pt' },
    tensors: [
      { name: 'b', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
      { name: 'a', shape: [1], values: Float32Array.of(5) },
    ],
  };
  const bytes = encodeSafetensors(file);
  assert.deepEqual(decodeSafetensors(bytes, 'f'), file);
  assert.equal(Number(Buffer.from(bytes).readBigUInt64LE()) % 8, 0);
  assert.throws(() => decodeSafetensors(bytes.subarray(0, -1), 'f'), /tensor a is cut/);
  assert.throws(() => decodeSafetensors(Buffer.from('x'), 'f'), /no safetensors file/);
  const halves = Buffer.from(Buffer.from(bytes).toString('latin1').replace('"F32"', '"F16"'), 'latin1');
  assert.throws(() => decodeSafetensors(halves, 'f'), /tensor b is cut, or is not of 32-bit floats/);
});

for (const architecture of [
  { model: 'cdae', filters: [2, 3, 4], latentDim: 5 },
  { model: 'unet', filters: [2, 3, 4] },
  { model: 'residual_unet', filters: [2, 3, 4] },
] as const)
  test(`a model file gives the ${architecture.model} back`, () => {
    const model = {
      architecture,
      weights: new Map(
        parameters(architecture).map((parameter) => [parameter.name, startValues(parameter, 1)]),
      ),
      running: new Map(
        blocks(architecture).map(({ name, cout }, at) => [
          name,
          { mean: new Float32Array(cout).fill(at), variance: new Float32Array(cout).fill(at + 0.5) },
        ]),
      ),
    };
    const path = join(folder, 'model.safetensors');
    writeModel(path, model);
    assert.deepEqual(readModel(path), model);
    const { metadata, tensors } = decodeSafetensors(readFileSync(path), path);
    writeFileSync(`${path}.lacking`, encodeSafetensors({ metadata, tensors: tensors.slice(1) }));
    assert.throws(() => readModel(`${path}.lacking`), {
      name: 'StageError',
      message: `${path}.lacking has no tensor ${tensors[0]!.name}`,
    });
    const stored = decodeSafetensors(readFileSync(path), path).tensors.filter(
      ({ name }) => !name.includes('running'),
    );
    assert.equal(
      stored.reduce((sum, { values }) => sum + values.length, 0),
      parameterCount(architecture),
    );
  });

test('the final models are in the order of their seeds, and are models only', () => {
  const models = join(folder, 'seeds');
  mkdirSync(models);
  assert.throws(() => finalModels(models), {
    name: 'StageError',
    message: `${models} holds no final models`,
  });
  for (const seed of [10, 9, 100]) writeFileSync(seedFile(models, seed), '');
  writeFileSync(join(models, 'model_seed_1.safetensors.part'), '');
  assert.deepEqual(
    finalModels(models).map(({ seed, path }) => [seed, path]),
    [9, 10, 100].map((seed) => [seed, seedFile(models, seed)]),
  );
});

test('parameters are counted as the reference does', () => {
  assert.equal(parameterCount({ model: 'unet', filters: [16, 32, 64] }), 117_073);
  for (const [latentDim, count] of [
    [64, 343_841],
    [128, 491_361],
    [256, 786_401],
  ] as const)
    assert.equal(parameterCount({ model: 'cdae', filters: [32, 64, 128], latentDim }), count);
});

test('png: grey values of every kind, what is transparent is black, images one after the other', () => {
  const path = join(folder, 'a.png');
  const grey = (channels: 1 | 2 | 3 | 4, depth: 8 | 16, pixel: readonly number[]): number => {
    const count = 28 * 28 * channels;
    const data = depth === 8 ? new Uint8Array(count) : new Uint16Array(count);
    data.set(pixel, 5 * channels);
    writeFileSync(path, encode({ width: 28, height: 28, data, channels, depth }));
    const { images } = readSheet(path);
    assert.ok(images.every((value, at) => at === 5 || value === 0));
    return Number(images[5]!.toFixed(4));
  };
  assert.equal(grey(1, 8, [51]), 0.2);
  assert.equal(grey(1, 16, [13_107]), 0.2);
  assert.equal(grey(2, 8, [255, 51]), 0.2);
  assert.equal(grey(2, 8, [255, 0]), 0);
  assert.equal(grey(3, 8, [255, 0, 0]), 0.299);
  assert.equal(grey(4, 8, [0, 255, 0, 255]), 0.587);
  assert.equal(grey(4, 8, [255, 255, 255, 51]), 0.2);
  assert.equal(grey(4, 8, [255, 255, 255, 0]), 0);
  // Eight pixels in a byte: 28 end in the middle of one.
  const bits = Uint8Array.from({ length: 4 * 28 }, (_, at) => (at === 4 ? 0b10000000 : 0));
  writeFileSync(path, encode({ width: 28, height: 28, data: bits, channels: 1, depth: 1 }));
  assert.deepEqual(
    [...readSheet(path).images.keys()].filter((at) => readSheet(path).images[at] === 1),
    [28],
  );

  const images = Float32Array.from({ length: 5 * 784 }, (_, at) => ((at * 7) % 256) / 255);
  writeSheet(path, { columns: 2, images });
  const sheet = readSheet(path);
  assert.equal(sheet.columns, 2);
  assert.deepEqual(sheet.images.subarray(0, images.length), images);
  assert.ok(sheet.images.subarray(images.length).every((value) => value === 0));
  // Row by row: the second image is on the right of the first.
  const numbered = Float32Array.from({ length: 5 * 784 }, (_, at) => (1 + Math.floor(at / 784)) / 255);
  writeSheet(path, { columns: 2, images: numbered });
  const { data, width, height } = decode(readFileSync(path));
  assert.deepEqual([width, height], [56, 84]);
  assert.deepEqual(
    [0, 1, 2].flatMap((row) => [0, 1].map((column) => data[(row * 28 + 9) * width + column * 28 + 9])),
    [1, 2, 3, 4, 5, 0],
  );
  writeImages(path, { values: sheet.images, shape: [6, 28, 28], columns: 6 });
  assert.equal(readSheet(path).columns, 6, 'a sheet keeps its form');
});

test('JSON keeps short lists of numbers on a line', () => {
  const path = join(folder, 'a.json');
  const value = { list: [1, 2.5, -3e-7], empty: [], words: ['a', 'b'], deep: [{ x: [1] }] };
  writeJson(path, value);
  const text = readFileSync(path, 'utf8');
  assert.deepEqual(JSON.parse(text), value);
  assert.match(text, /"list": \[1, 2\.5, -3e-7\]/);
});
