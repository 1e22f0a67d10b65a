// Batch normalisation over all rows, with the ReLU after it.
import type { Kernel } from '../../kernel.ts';
import { floats } from '../each.ts';
import { sumOver, threadsFor } from '../sums.ts';
import { perValue } from './per-value.ts';

/** statistics: mean, inverse deviation (interleaved 2c); running: mean, variance. */
export function batchStatistics(rows: number, channels: number, epsilon: number, momentum: number): Kernel {
  const THREADS = threadsFor(rows);
  return {
    label: 'statistics',
    access: ['read', 'read_write', 'read_write', 'read_write'],
    workgroups: [channels, 1, 1],
    code: `${floats(0, 'x', 'read')}${floats(1, 'statistics', 'read_write')}${floats(2, 'means', 'read_write')}${floats(3, 'variances', 'read_write')}${sumOver(THREADS)}
@compute @workgroup_size(${THREADS}) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var share = 0.0;
  for (var row = thread; row < ${rows}u; row += ${THREADS}u) { share += x[row * ${channels}u + group.x]; }
  let mean = sum(share, thread) / ${rows}.0;
  share = 0.0;
  for (var row = thread; row < ${rows}u; row += ${THREADS}u) { let d = x[row * ${channels}u + group.x] - mean; share += d * d; }
  let variance = sum(share, thread) / ${rows}.0;
  if (thread == 0u) {
    statistics[group.x] = mean;
    statistics[group.x + ${channels}u] = 1.0 / sqrt(variance + ${epsilon});
    means[group.x] = means[group.x] * ${1 - momentum} + mean * ${momentum};
    variances[group.x] = variances[group.x] * ${1 - momentum} + variance * ${rows / (rows - 1)} * ${momentum};
  }
}`,
  };
}

export function normalise(rows: number, channels: number): Kernel {
  return perValue(
    'normalise',
    rows * channels,
    ['x', 'statistics', 'scale', 'shift'],
    ['y'],
    `
    let o = at % ${channels}u;
    y[at] = max(0.0, (x[at] - statistics[o]) * (scale[o] * statistics[o + ${channels}u]) + shift[o]);`,
  );
}

export function normaliseFixed(rows: number, channels: number, epsilon: number): Kernel {
  return perValue(
    'normalise fixed',
    rows * channels,
    ['x', 'means', 'variances', 'scale', 'shift'],
    ['y'],
    `
    let o = at % ${channels}u;
    y[at] = max(0.0, (x[at] - means[o]) * (scale[o] / sqrt(variances[o] + ${epsilon})) + shift[o]);`,
  );
}

export function normalisationSums(rows: number, channels: number): Kernel {
  const THREADS = threadsFor(rows);
  return {
    label: 'normalisation sums',
    access: ['read', 'read', 'read', 'read', 'read_write', 'read_write'],
    workgroups: [channels, 1, 1],
    code: `${floats(0, 'dy', 'read')}${floats(1, 'y', 'read')}${floats(2, 'x', 'read')}${floats(3, 'statistics', 'read')}${floats(4, 'dscale', 'read_write')}${floats(5, 'dshift', 'read_write')}${sumOver(THREADS)}
@compute @workgroup_size(${THREADS}) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var share = 0.0; var along = 0.0;
  for (var row = thread; row < ${rows}u; row += ${THREADS}u) {
    let at = row * ${channels}u + group.x;
    if (y[at] > 0.0) { share += dy[at]; along += dy[at] * (x[at] - statistics[group.x]) * statistics[group.x + ${channels}u]; }
  }
  let a = sum(share, thread); let b = sum(along, thread);
  if (thread == 0u) { dshift[group.x] = a; dscale[group.x] = b; }
}`,
  };
}

export function normalisationGradient(rows: number, channels: number): Kernel {
  return perValue(
    'normalisation gradient',
    rows * channels,
    ['dy', 'y', 'x', 'statistics', 'scale', 'dscale', 'dshift'],
    ['dx'],
    `
    let o = at % ${channels}u;
    let gated = select(0.0, dy[at], y[at] > 0.0);
    let inverse = statistics[o + ${channels}u];
    let hat = (x[at] - statistics[o]) * inverse;
    dx[at] = (gated - dshift[o] / ${rows}.0 - hat * dscale[o] / ${rows}.0) * scale[o] * inverse;`,
  );
}
