// The use of a model on people's own images: every format in and out, and what is said when something is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decode, encode } from 'fast-png';
import { sampleOf, testInWhole } from '../amount.ts';
import { decodeIdx, encodeIdx } from '../../stages/lib/data/idx.ts';
import { readImages, writeImages } from '../../stages/lib/data/image-files.ts';
import { PIXELS } from '../../stages/lib/data/images.ts';
import { writeModel } from '../../stages/lib/model/model-file.ts';
import { allOf, denoise, type Model } from '../../stages/lib/model/model.ts';
import { readNpy, writeNpy } from '../../stages/lib/data/npy.ts';
import { random } from '../../stages/lib/data/random.ts';
import { useBackend } from '../../stages/lib/stage/backend.ts';
import { anyModel } from './any-model.ts';

const program = resolve(import.meta.dirname, '../../stages/denoise.ts');
const source = random(9, 'images');
/** Three images of whole bytes, so that every format holds them exactly. */
const bytes = Uint8Array.from({ length: 3 * PIXELS }, () => Math.floor(80 * source.uniform()));
const images = Float32Array.from(bytes, (value) => value / 255);

let folder: string;
let model: Model;
let expected: Float32Array;

before(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-denoise-')));
  model = anyModel({ model: 'cdae', filters: [2, 3, 4], latentDim: 5 });
  writeModel(join(folder, 'Data/autoencoder/best_model_final.safetensors'), model);
  writeModel(
    join(folder, 'Data/quickstart/best_model_final.safetensors'),
    anyModel({ model: 'cdae', filters: [2, 2, 2], latentDim: 2 }),
  );
  // Of the same name, the newest; it is neither the first nor the last by name.
  for (const [run, own, time] of [
    ['a', anyModel({ model: 'cdae', filters: [2, 2, 2], latentDim: 2 }), 1e9],
    ['b', model, 2e9],
    ['c', anyModel({ model: 'cdae', filters: [2, 2, 2], latentDim: 2 }), 1.5e9],
  ] as const) {
    writeModel(join(folder, `Data/${run}/own.safetensors`), own);
    utimesSync(join(folder, `Data/${run}/own.safetensors`), time, time);
  }
  await useBackend('cpu', 1);
  expected = await denoise(model, images, allOf(images));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [program, '--backend', 'cpu', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { ...done, output: done.stdout + done.stderr };
}

const path = (name: string): string => join(folder, name);

function assertClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, by: number): void {
  assert.equal(actual.length, wanted.length);
  const worst = Array.from(actual).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - wanted[at]!)),
    0,
  );
  assert.ok(worst <= by, `differs by ${worst}`);
}

testInWhole('png, npy and idx are read alike; what comes out is what the model computes', () => {
  writeImages(path('in.png'), { values: images, shape: [3, 28, 28] });
  writeNpy(path('in.npy'), { shape: [3, 28, 28, 1], values: images });
  writeFileSync(path('in.idx'), encodeIdx({ shape: [3, 28, 28], values: bytes }));
  writeFileSync(path('in-ubyte.gz'), gzipSync(readFileSync(path('in.idx'))));

  for (const name of ['in.npy', 'in.idx', 'in-ubyte.gz']) {
    const { status, output } = run('--model', 'best_model_final', name, 'out.npy');
    assert.equal(status, 0, output);
    assert.match(
      output,
      /^out\.npy: 3 images, denoised by Data\/autoencoder\/best_model_final\.safetensors$/m,
    );
    assertClose(readNpy(path('out.npy')).values, expected, 1e-6);
  }
  assert.equal(run('--model', 'best_model_final', 'in.npy', 'same.npy').status, 0);
  assert.deepEqual(readNpy(path('same.npy')).shape, [3, 28, 28, 1], 'the shape that came in');

  assert.equal(run('--model', 'Data/autoencoder/best_model_final', 'in.png', 'out.png').status, 0);
  const { width, height } = decode(readFileSync(path('out.png')));
  assert.deepEqual([width, height], [56, 56], 'a sheet like the one that came in');
  const out = readImages(path('out.png')).values;
  assertClose(out.subarray(0, expected.length), expected, 0.5 / 255 + 1e-6);

  assert.equal(run('--model', 'best_model_final', 'in.npy', 'out.idx').status, 0);
  const { shape, values } = decodeIdx(readFileSync(path('out.idx')), 'out');
  assert.deepEqual(shape, [3, 28, 28]);
  assertClose(
    values,
    expected.map((value) => value * 255),
    0.5 + 1e-3,
  );
});

test('dark on light is turned round with --invert, and hinted at without', () => {
  const light = images.map((value) => 1 - value);
  writeNpy(path('light.npy'), { shape: [3, 28, 28], values: light });
  assert.match(run('--model', 'best_model_final', 'light.npy', 'out.npy').output, /^note: .*--invert$/m);
  const { status, output } = run('--invert', '--model', 'own', 'light.npy', 'out.npy');
  assert.equal(status, 0, output);
  assert.doesNotMatch(output, /^note: light/m);
  assertClose(
    readNpy(path('out.npy')).values,
    expected.map((value) => 1 - value),
    1e-5,
  );
});

test('any PNG is read as grey on black', () => {
  const one = bytes.subarray(0, PIXELS);
  const write = (
    name: string,
    channels: number,
    depth: 8 | 16,
    pixel: (value: number) => readonly number[],
  ) => {
    const data = Array.from(one).flatMap((value) => [...pixel(value)]);
    const typed = depth === 8 ? Uint8Array.from(data) : Uint16Array.from(data);
    writeFileSync(path(name), encode({ width: 28, height: 28, data: typed, channels, depth }));
  };
  write('rgb.png', 3, 8, (value) => [value, value, value]);
  write('rgba.png', 4, 8, (value) => [255, 255, 255, value]);
  write('grey-alpha.png', 2, 8, (value) => [value, 255]);
  write('deep.png', 1, 16, (value) => [value * 257]);
  for (const name of ['rgb.png', 'rgba.png', 'grey-alpha.png', 'deep.png']) {
    const { values, shape, columns } = readImages(path(name));
    assert.deepEqual([shape, columns], [[1, 28, 28], 1], name);
    assertClose(values, images.subarray(0, PIXELS), 1e-6);
  }
  const halves = encode({
    width: 28,
    height: 28,
    depth: 1,
    channels: 1,
    palette: [
      [0, 0, 0],
      [255, 255, 255],
    ],
    data: Uint8Array.from({ length: 4 * 28 }, (_, at) => (at % 4 < 1 ? 0xff : 0)),
  });
  writeFileSync(path('palette.png'), halves);
  const { values } = readImages(path('palette.png'));
  assert.deepEqual([...values.subarray(0, 10)], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
});

test('bytes and 64-bit floats in .npy files, flat or not', () => {
  const npy = (name: string, type: string, shape: string, values: Uint8Array | Float64Array): void => {
    const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
    const head = Buffer.from(`\u0093NUMPY\u0001\0\x76\0${text}\n`, 'latin1');
    writeFileSync(
      path(name),
      Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]),
    );
  };
  npy('bytes.npy', '|u1', '3, 784', Uint8Array.from(bytes));
  assertClose(readImages(path('bytes.npy')).values, images, 1e-7);
  npy('doubles.npy', '<f8', '3, 1, 28, 28', Float64Array.from(images));
  assertClose(readImages(path('doubles.npy')).values, images, 1e-7);
  npy(
    'noise.npy',
    '<f8',
    '1, 28, 28, 1',
    Float64Array.from({ length: PIXELS }, (_, at) => (at === 0 ? -0.3 : 1.4)),
  );
  assert.deepEqual(
    [...readImages(path('noise.npy')).values.subarray(0, 2)],
    [0, 1],
    'clipped as the noise is',
  );
  npy(
    'large.npy',
    '<f8',
    '28, 28',
    Float64Array.from({ length: PIXELS }, () => 255),
  );
  assert.throws(() => readImages(path('large.npy')), /holds the value 255; floats are 0 … 1/);
  npy('low.npy', '<f8', '1, 784', new Float64Array(PIXELS).fill(-255));
  assert.throws(() => readImages(path('low.npy')), /holds the value -255; floats are 0 … 1/);
  // Without columns of their own, many images become a sheet that is about as wide as high.
  writeImages(path('sheet.png'), { values: new Float32Array(5 * PIXELS), shape: [5, 784] });
  const { width, height } = decode(readFileSync(path('sheet.png')));
  assert.deepEqual([width, height], [84, 56]);
  npy('odd.npy', '|u1', '2, 392', new Uint8Array(PIXELS));
  assert.throws(
    () => readImages(path('odd.npy')),
    /has shape \[2, 392\]; images are \[n, 28, 28\] or \[n, 784\]/,
  );
});

test('mistakes are reported, and nothing is written', () => {
  writeFileSync(path('no.png'), 'no picture');
  writeFileSync(
    path('wide.png'),
    encode({ width: 100, height: 28, data: new Uint8Array(2800), channels: 1 }),
  );
  mkdirSync(path('empty'), { recursive: true });
  const cases: readonly (readonly [args: readonly string[], RegExp])[] = [
    [
      ['--model', 'best_model_final', 'in.npy'],
      /^error: --model, one file to read and one to write are needed/,
    ],
    [['--modle', 'x', 'in.npy', 'out.npy'], /^error: Unknown option '--modle'/],
    [
      ['--model', 'other', 'in.npy', 'no.npy'],
      /^error: there is no model other\nModels here:\n {2}Data\/autoencoder\/best/,
    ],
    [['--model', 'no.png', 'light.npy', 'no.npy'], /^error: no\.png is no model file/],
    [['--model', 'best_model_final', 'in.npy', 'out.jpg'], /^error: out\.jpg: the name has no known ending/],
    [['--model', 'best_model_final', 'missing.npy', 'no.npy'], /error: no such file: missing\.npy/],
    [['--model', 'best_model_final', 'no.png', 'no.npy'], /error: no\.png is no PNG file/],
    [
      ['--model', 'best_model_final', 'wide.png', 'no.npy'],
      /error: wide\.png is 100 × 28; images are 28 × 28/,
    ],
  ];
  for (const [args, message] of sampleOf(cases, 3)) {
    const { status, stderr } = run(...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
  assert.throws(() => readFileSync(path('no.npy')), /ENOENT/);
});

testInWhole('a header of any length and spelling is read; what cannot be read is named', () => {
  const npy = (name: string, header: string, values: Uint8Array): void => {
    const head = Buffer.from(`\u0093NUMPY\u0001\0\0\0${header}`, 'latin1');
    head.writeUInt16LE(head.length - 10, 8);
    writeFileSync(path(name), Buffer.concat([head, values]));
  };
  const floats = Buffer.from(images.buffer, images.byteOffset, images.byteLength);
  const doubles = Buffer.from(Float64Array.from(images).buffer);
  for (let pad = 0; pad < 8; pad += 1) {
    const rest = `'fortran_order': False, 'shape': (3, 28, 28), }${' '.repeat(pad)}\n`;
    npy('floats.npy', `{'descr': '<f4', ${rest}`, floats);
    assertClose(readImages(path('floats.npy')).values, images, 0);
    npy('doubles.npy', `{'descr': '<f8', ${rest}`, doubles);
    assertClose(readImages(path('doubles.npy')).values, images, 1e-7);
  }
  npy('python2.npy', `{"shape": (3L,28L,28L),"fortran_order":False,"descr":"<f4"}`, floats);
  assertClose(readImages(path('python2.npy')).values, images, 0);
  for (const [header, pattern] of [
    [`{'descr': '<f4', 'fortran_order': True, 'shape': (3, 28, 28), }`, /Fortran order/],
    [`{'descr': '>f4', 'fortran_order': False, 'shape': (3, 28, 28), }`, />f4 \(big-endian\)/],
    [`{'descr': '<i8', 'fortran_order': False, 'shape': (3, 28, 28), }`, /type <i8/],
    [`{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3, 28, 28), }`, /type \[\('x', '<f4'\)\]/],
    [`{'descr': '<f4', 'shape': (3, 28, 28), }`, /damaged \.npy header/],
  ] as const) {
    npy('other.npy', header, floats);
    const { status, output } = run('--model', 'best_model_final', 'other.npy', 'out.npy');
    assert.equal(status, 1, output);
    assert.match(output, pattern);
    assert.doesNotMatch(output, /\n {4}at /);
  }
});
