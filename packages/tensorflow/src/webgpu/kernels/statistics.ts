// What batch normalisation normalises by: [3, channels], mean, 1 / deviation and scale / deviation.
import type { Kernel } from '../kernel.ts';
import { input, kernelOf, output } from './binding.ts';
import { sumOver } from './sums.ts';
import type { Tiled } from './tile-moments.ts';

interface StatisticsOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of this batch in the running statistics. */
  readonly momentum: number;
}

const THREADS = 256;

/**
 * Those of the batch from the moments that a product stored of its tiles; moves the running statistics.
 * Bindings: moments, scale, running mean, running variance, statistics.
 */
export function batchStatistics(
  { phases, rows, tileRows }: Tiled,
  channels: number,
  options: StatisticsOptions,
): Kernel {
  const each = Math.ceil(rows / tileRows);
  const all = `var tile = thread; tile < ${phases * each}u; tile += ${THREADS}u`;
  return ofChannels(
    'moments',
    phases * rows,
    channels,
    options,
    `for (${all}) { share += moments[tile * ${2 * channels}u + channel]; }`,
    `for (${all}) {
    let size = f32(min(${tileRows}u, ${rows}u - tile % ${each}u * ${tileRows}u));
    let apart = moments[tile * ${2 * channels}u + channel] / size - mean;
    share += moments[tile * ${2 * channels}u + ${channels}u + channel] + size * apart * apart;
  }`,
  );
}

/** The same from the values themselves, [rows, channels]. Bindings: x, scale, running mean, running variance, statistics. */
export function rowStatistics(rows: number, channels: number, options: StatisticsOptions): Kernel {
  const all = `var row = thread; row < ${rows}u; row += ${THREADS}u`;
  return ofChannels(
    'x',
    rows,
    channels,
    options,
    `for (${all}) { share += x[row * ${channels}u + channel]; }`,
    `for (${all}) { let apart = x[row * ${channels}u + channel] - mean; share += apart * apart; }`,
  );
}

/**
 * A workgroup for each channel.
 * @param of what is read @param sum WGSL that adds to `share` of the sum of the channel's values
 * @param squares the same for the sum of the squares of their distances from `mean`
 */
function ofChannels(
  of: string,
  count: number,
  channels: number,
  { epsilon, momentum }: StatisticsOptions,
  sum: string,
  squares: string,
): Kernel {
  const code = `${sumOver(THREADS)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let channel = group.x;
  var share = 0.0;
  ${sum}
  let mean = sum(share, thread) / ${count}.0;
  share = 0.0;
  ${squares}
  let squares = sum(share, thread);
  if (thread == 0u) {
    let inverse = 1.0 / sqrt(squares / ${count}.0 + ${epsilon});
    statistics[channel] = mean;
    statistics[channel + ${channels}u] = inverse;
    statistics[channel + ${2 * channels}u] = scale[channel] * inverse;
    running_mean[channel] = ${1 - momentum} * running_mean[channel] + ${momentum} * mean;
    running_variance[channel] = ${1 - momentum} * running_variance[channel] + ${momentum} * (squares / ${count - 1}.0);
  }
}`;
  const running = [output('running_mean'), output('running_variance')];
  const bound = [input(of), input('scale'), ...running, output('statistics')];
  return kernelOf('statistics', bound, code, [channels, 1, 1]);
}

/** Those of a finished model, from its running statistics. Bindings: scale, running mean, running variance, statistics. */
export function fixedStatistics(channels: number, epsilon: number): Kernel {
  const code = `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) place: vec3<u32>) {
  let channel = place.x;
  if (channel >= ${channels}u) { return; }
  let inverse = 1.0 / sqrt(running_variance[channel] + ${epsilon});
  statistics[channel] = running_mean[channel];
  statistics[channel + ${channels}u] = inverse;
  statistics[channel + ${2 * channels}u] = scale[channel] * inverse;
}`;
  const bound = [input('scale'), input('running_mean'), input('running_variance'), output('statistics')];
  return kernelOf('fixed statistics', bound, code, [Math.ceil(channels / 64), 1, 1]);
}
