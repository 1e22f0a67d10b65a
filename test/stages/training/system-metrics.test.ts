// What a training uses of its machine: the numbers of this process, and those that nvidia-smi prints.
import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { parseGpus, startSystemMetrics } from '../../../stages/lib/training/system-metrics.ts';

test('processor and memory are measured between two calls', () => {
  const measure = startSystemMetrics(false);
  const memory = Buffer.alloc(64e6, 1);
  const until = process.cpuUsage().user + 50_000;
  while (process.cpuUsage().user < until);
  const sample = measure();
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
  assert.ok(sample['process_cpu_utilization_percentage']! > 0);
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
