// What a training uses of its machine: the numbers of this process, and those that nvidia-smi prints.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DeviceError } from '@pipe-engine/tensorflow';
import { parseGpus, startSystemMetrics } from '../../../stages/lib/training/system-metrics.ts';
import { startStopwatch, type Timings } from '../../../stages/lib/training/timings.ts';

test('processor and memory are measured between two calls', () => {
  const began = process.hrtime.bigint();
  const measure = startSystemMetrics(false);
  const before = process.cpuUsage();
  const memory = Buffer.alloc(64e6, 1);
  const until = process.cpuUsage().user + 50_000;
  while (process.cpuUsage().user < until);
  const { user, system } = process.cpuUsage(before);
  const sample = measure();
  const passed = Number(process.hrtime.bigint() - began) / 1e6;
  assert.equal(memory[0], 1);
  assert.deepEqual(Object.keys(sample), [
    'cpu_utilization_percentage',
    'system_memory_usage_megabytes',
    'system_memory_usage_percentage',
    'process_cpu_utilization_percentage',
    'process_memory_usage_megabytes',
  ]);
  for (const name of ['cpu_utilization_percentage', 'system_memory_usage_percentage'])
    assert.ok(sample[name]! >= 0 && sample[name]! <= 100, `${name} ${sample[name]}`);
  // The work is within what is measured, and that within the time that passed.
  assert.ok(sample['process_cpu_utilization_percentage']! >= (user + system) / 10 / passed - 0.1);
  assert.ok(sample['process_cpu_utilization_percentage']! <= 110 * cpus().length);
  assert.ok(sample['process_memory_usage_megabytes']! > 64);
  assert.ok(sample['system_memory_usage_megabytes']! < totalmem() / 1e6);
});

test('each card of nvidia-smi has its numbers, and none where it says that it has none', () => {
  const csv = '0, 37, 1024, 81559, 250.50, 700.00\n1, 0, 4, 81559, [N/A], [N/A]\n';
  assert.deepEqual(parseGpus(csv), {
    gpu_0_utilization_percentage: 37,
    gpu_0_memory_usage_megabytes: 1073.7,
    gpu_0_memory_usage_percentage: 1.3,
    gpu_0_power_usage_watts: 250.5,
    gpu_0_power_usage_percentage: 35.8,
    gpu_1_utilization_percentage: 0,
    gpu_1_memory_usage_megabytes: 4.2,
    gpu_1_memory_usage_percentage: 0,
  });
  assert.deepEqual(parseGpus(''), {});
});

test('cards are asked for at each epoch, and not again where there are none', (t) => {
  const programs = mkdtempSync(join(tmpdir(), 'pipe-programs-'));
  const path = process.env['PATH'];
  t.after(() => {
    process.env['PATH'] = path;
    rmSync(programs, { recursive: true });
  });
  process.env['PATH'] = programs;
  const calls = join(programs, 'calls');
  const answer = (script: string): void =>
    writeFileSync(join(programs, 'nvidia-smi'), `#!/bin/sh\necho call >>${calls}\n${script}\n`, {
      mode: 0o755,
    });
  answer("echo '0, 37, 1024, 81559, 250.50, 700.00'");
  // On a busy machine a program takes seconds to start.
  const measure = startSystemMetrics(true, 600_000);
  for (let epoch = 0; epoch < 2; epoch += 1) assert.equal(measure()['gpu_0_utilization_percentage'], 37);
  // Whichever way the training uses a card.
  for (const backend of ['webgpu', 'tfjs-node-gpu']) {
    const watch = startStopwatch(backend);
    watch.lap();
    watch.write(join(programs, 'timings.json'), 1);
    const { system } = JSON.parse(readFileSync(join(programs, 'timings.json'), 'utf8')) as Timings;
    assert.equal(system[0]!['gpu_0_power_usage_watts'], 250.5, backend);
  }
  writeFileSync(calls, 'call\n'.repeat(2));
  answer('echo no driver; exit 9');
  for (let epoch = 0; epoch < 2; epoch += 1)
    assert.ok(!Object.keys(measure()).some((name) => name.startsWith('gpu')));
  assert.equal(readFileSync(calls, 'utf8'), 'call\n'.repeat(3));

  // One that hangs, as with a card that has failed, does not hold up the training.
  answer("exec 0</dev/null; /bin/sleep 10; echo '0, 37, 1024, 81559, 250.50, 700.00'");
  const hanging = startSystemMetrics(true, 50);
  for (let epoch = 0; epoch < 2; epoch += 1)
    assert.ok(!Object.keys(hanging()).some((name) => name.startsWith('gpu')));
  // On a busy machine it may be ended before it has begun.
  assert.match(readFileSync(calls, 'utf8'), /^(?:call\n){3,4}$/);
});

test('a training says where it was computed, once its GPU has failed', async (t) => {
  // In an instance of its own: what it remembers would be that of other tests, too.
  const path = '../../../stages/lib/stage/fallback.ts?own';
  const { computedOn, describeDeviceError, startFallback } = (await import(
    path
  )) as typeof import('../../../stages/lib/stage/fallback.ts');
  t.after(() => delete process.env['TFJS_FALLBACK']);
  process.env['TFJS_FALLBACK'] = '';
  assert.deepEqual([startFallback(), computedOn()], [undefined, {}]);
  process.env['TFJS_FALLBACK'] = 'wasm';
  assert.deepEqual([startFallback(), computedOn()], ['wasm', { computed_on: 'wasm' }]);
  assert.equal(startFallback(), undefined, 'that has failed, too');

  const stage = process.env['PIPE_STAGE'];
  t.after(() => {
    if (stage === undefined) delete process.env['PIPE_STAGE'];
    else process.env['PIPE_STAGE'] = stage;
  });
  process.env['PIPE_STAGE'] = 'train@0.1-2';
  const about = (kind: 'lost' | 'memory'): string =>
    describeDeviceError(new DeviceError(kind, 'the card: gone'));
  assert.match(about('lost'), /^train@0\.1-2: the card: gone\n {2}failed trainings once more/);
  assert.match(about('memory'), /^train@0\.1-2: the card: gone\n {2}-j 1 runs one training at a time/);
});
