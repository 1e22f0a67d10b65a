// What WebGPU's adapters are said to be, which one a process asks for, and what is said where one fails.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeDawn } from '../../../test/fake-dawn.ts';
import { kindOf, type AdapterDescription } from '../src/webgpu/adapter-kind.ts';
import { listAdapters } from '../src/webgpu/adapters.ts';
import { chosenAdapter } from '../src/webgpu/chosen-adapter.ts';
import {
  checkBufferSize,
  deviceErrorOf,
  deviceLost,
  watchDevice,
  type WatchedDevice,
} from '../src/webgpu/device-errors.ts';
import { packagesFor } from '../src/webgpu/drivers.ts';

const described = (vendor: string, name: string, architecture = '', driver = ''): AdapterDescription => ({
  name,
  vendor,
  architecture,
  driver,
  isFallback: false,
});

test('the kind of an adapter, by how drivers describe theirs', () => {
  const kinds: Readonly<Record<string, readonly AdapterDescription[]>> = {
    discrete: [
      described('nvidia', 'NVIDIA H100 80GB HBM3', 'hopper'),
      described('nvidia', 'NVIDIA GeForce RTX 4060 Laptop GPU', 'lovelace'),
      described('amd', 'AMD Radeon RX 7900 XTX (RADV NAVI31)', 'rdna-3'),
      described('amd', 'AMD Radeon Pro W6800 (RADV NAVI21)', 'rdna-2'),
      described('amd', 'AMD Instinct MI300X'),
      described('intel', 'Intel(R) Arc(tm) A770 Graphics (DG2)', 'xe-hpg'),
      described('intel', 'Intel(R) Arc(tm) B580 Graphics (BMG G21)', 'xe-2hpg'),
    ],
    integrated: [
      described('nvidia', 'NVIDIA Tegra Orin (nvgpu)'),
      described('amd', 'AMD Radeon 780M (RADV PHOENIX)', 'rdna-3'),
      described('amd', 'AMD Radeon Graphics (RADV RENOIR)', 'gcn-5'),
      described('intel', 'Intel(R) Iris(R) Xe Graphics (TGL GT2)', 'gen-12lp'),
      described('intel', 'Intel(R) Arc(tm) Graphics (MTL)', 'xe-lpg'),
      described('apple', 'Apple M3 Max', 'metal-3'),
      described('arm', 'Mali-G710'),
    ],
    software: [
      described('google', 'SwiftShader Device (Subzero)', 'swiftshader'),
      described('mesa', 'llvmpipe (LLVM 19.1.7, 256 bits)'),
      described('microsoft', 'Microsoft Basic Render Driver'),
      { ...described('nvidia', 'NVIDIA H100'), isFallback: true },
    ],
    unknown: [described('', 'A new chip')],
  };
  for (const [kind, adapters] of Object.entries(kinds))
    for (const adapter of adapters) assert.equal(kindOf(adapter), kind, adapter.name);
});

/** A home of the backends, and an environment that the test may change. */
function home(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-adapters-'));
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });
  process.env['TFJS_NODE_HOME'] = folder;
  return folder;
}

test('adapters are listed in the order of Dawn, two of one name as one', (t) => {
  const card = described('nvidia', 'NVIDIA A100-SXM4-40GB', 'ampere', 'NVIDIA 580.95');
  const other = described('mesa', 'llvmpipe (LLVM 19.1.7, 256 bits)', '', 'Mesa 25.0');
  fakeDawn(home(t), [card, card, other]);
  assert.deepEqual(listAdapters(), {
    adapters: [
      { ...card, kind: 'discrete', count: 2 },
      { ...other, kind: 'software', count: 1 },
    ],
  });
});

test('a process asks for the adapter that a variable names, or for the card that its stage was given', (t) => {
  const bin = join(home(t), 'bin');
  mkdirSync(bin);
  const lines = ['0, GPU-11aa, NVIDIA A100', '1, GPU-22bb, NVIDIA L4'].join('\\n');
  writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\nprintf '${lines}\\n'\n`);
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  process.env['PATH'] = [bin, process.env['PATH']].join(delimiter);
  delete process.env['WEBGPU_ADAPTER'];
  const given = (cards?: string): string | undefined => {
    if (cards === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
    else process.env['CUDA_VISIBLE_DEVICES'] = cards;
    return chosenAdapter()?.name;
  };
  assert.equal(given(), undefined);
  assert.equal(given('1'), 'NVIDIA L4');
  assert.equal(given('GPU-11aa'), 'NVIDIA A100');
  assert.equal(given('7'), undefined);
  assert.equal(given(''), undefined);
  process.env['WEBGPU_ADAPTER'] = 'Arc';
  assert.equal(given('1'), 'Arc');
});

test('the packages of Vulkan are named as this distribution names them', (t) => {
  const path = join(home(t), 'os-release');
  const on = (text: string): string => {
    writeFileSync(path, text);
    return packagesFor('loader', path);
  };
  assert.equal(on('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'), 'apt install libvulkan1');
  assert.equal(on('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'dnf install vulkan-loader');
  assert.equal(on('ID=arch\n'), 'pacman -S vulkan-icd-loader');
  assert.equal(
    on('ID=gentoo\n'),
    'apt install libvulkan1, or dnf install vulkan-loader, or pacman -S vulkan-icd-loader',
  );
});

interface Breakable extends WatchedDevice {
  lose(message: string): void;
  report(error: Error): boolean;
}

function device(): Breakable {
  let lose!: (info: { readonly message: string }) => void;
  let heard: Parameters<WatchedDevice['addEventListener']>[1] | undefined;
  return {
    lost: new Promise((resolve) => (lose = resolve)),
    addEventListener: (_, listener) => (heard = listener),
    lose: (message) => lose({ message }),
    report: (error) => {
      let isQuiet = false;
      heard!({ error, preventDefault: () => (isQuiet = true) });
      return isQuiet;
    },
  };
}

class GPUOutOfMemoryError extends Error {}

test('a lost device refuses what waits for it, and all that comes after', async () => {
  const broken = device();
  const watch = watchDevice(broken, 'NVIDIA H100');
  assert.equal(await watch.guard(Promise.resolve(1)), 1);
  const waiting = watch.guard(Promise.reject(new DOMException('', 'AbortError')));
  broken.lose('The device was lost.\n - somewhere');
  const expected = deviceLost('NVIDIA H100', 'The device was lost.');
  assert.match(expected.message, /^the GPU NVIDIA H100 was lost \(The device was lost\): /);
  await assert.rejects(waiting, expected);
  await assert.rejects(watch.guard(Promise.resolve(1)), expected);
  assert.throws(() => watch.check(), expected);
});

test('a device that is destroyed on purpose is not lost, and other errors stay what they are', async () => {
  const ended = device();
  const watch = watchDevice(ended, 'NVIDIA H100');
  watch.end();
  ended.lose('device was destroyed');
  await ended.lost;
  watch.check();
  await assert.rejects(watch.guard(Promise.reject(new TypeError('a bug'))), TypeError);
});

test('memory that is used up is found after the fact, and Dawn stays quiet', async () => {
  const full = device();
  const watch = watchDevice(full, 'NVIDIA H100');
  assert.ok(full.report(new GPUOutOfMemoryError('vkAllocateMemory failed\n - While calling')));
  full.report(new Error('a consequence'));
  await assert.rejects(
    watch.guard(Promise.resolve()),
    /^DeviceError: the memory of the GPU NVIDIA H100 is used up \(vkAllocateMemory failed\)\n {2}fewer trainings at once, a smaller batch/,
  );
  assert.equal(deviceErrorOf('X', new Error('VK_ERROR_OUT_OF_DEVICE_MEMORY')).kind, 'memory');
  assert.match(
    deviceErrorOf('X', new Error('Buffer is invalid.')).message,
    /^the GPU X refused a computation \(Buffer is invalid\)/,
  );
  checkBufferSize('X', 10, 10);
  assert.throws(
    () => checkBufferSize('X', 3e9, 2e9),
    /the GPU X gives at most 2000 MB in one piece, and 3000 MB are needed/,
  );
});
