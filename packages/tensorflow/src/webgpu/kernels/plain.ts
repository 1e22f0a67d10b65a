// Kernels for any sizes, each thread one value (sums over many rows: each workgroup one). Images are [images, height, width, channels];
// a function's kernel binds what it reads in the order of the names, then what it computes.
import type { Kernel } from '../kernel.ts';
import { each, floats } from './each.ts';
import { sumOver } from './sums.ts';

/** Of a workgroup that sums over so many rows. */
const threadsFor = (rows: number): number => (rows < 16_384 ? 64 : 256);

export interface Sizes {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly cin: number;
  readonly cout: number;
}

function simple(
  label: string,
  count: number,
  reads: readonly string[],
  writes: readonly string[],
  body: string,
): Kernel {
  const { begin, workgroups } = each(count);
  return {
    label,
    access: [...reads.map(() => 'read' as const), ...writes.map(() => 'read_write' as const)],
    workgroups,
    code:
      [
        ...reads.map((name, at) => floats(at, name, 'read')),
        ...writes.map((name, at) => floats(reads.length + at, name, 'read_write')),
      ].join('') +
      begin +
      body +
      '}',
  };
}
const split = (dims: readonly (readonly [string, number])[]): string => {
  let text = 'var rest = at;\n';
  for (const [name, size] of dims.toReversed())
    text += `let ${name} = i32(rest % ${size}u); rest = rest / ${size}u;\n`;
  return text;
};

export function conv3x3({ images, height: h, width: w, cin, cout }: Sizes, bias: boolean): Kernel {
  return simple(
    'conv',
    images * h * w * cout,
    ['x', 'k', ...(bias ? ['bias'] : [])],
    ['y'],
    `
    ${split([
      ['n', images],
      ['r', h],
      ['c', w],
      ['o', cout],
    ])}
    var t = ${bias ? 'bias[o]' : '0.0'};
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r + a - 1; let cc = c + b - 1;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+rr)*${w}+cc)*${cin}+i] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    y[at] = t;`,
  );
}
export function conv3x3InputGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  return simple(
    'conv dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split([
      ['n', images],
      ['r', h],
      ['c', w],
      ['i', cin],
    ])}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r - a + 1; let cc = c - b + 1;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      for (var o = 0; o < ${cout}; o++) { t += dy[((n*${h}+rr)*${w}+cc)*${cout}+o] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    dx[at] = t;`,
  );
}
export function conv3x3KernelGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  const parts = partsOf(images);
  return simple(
    'conv dk',
    parts.count * 9 * cin * cout,
    ['x', 'dy'],
    ['dk'],
    `
    ${split([
      ['part', parts.count],
      ['a', 3],
      ['b', 3],
      ['i', cin],
      ['o', cout],
    ])}
    var t = 0.0;
    for (var n = part * ${parts.length}; n < min((part + 1) * ${parts.length}, ${images}); n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      let rr = r + a - 1; let cc = c + b - 1;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      t += x[((n*${h}+rr)*${w}+cc)*${cin}+i] * dy[((n*${h}+r)*${w}+c)*${cout}+o];
    } } }
    dk[at] = t;`,
  );
}
/** y[2r + a - 1] += x[r] k[a] */
export function upConv3x3({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  return simple(
    'up',
    images * h * w * 4 * cout,
    ['x', 'k'],
    ['y'],
    `
    ${split([
      ['n', images],
      ['r', 2 * h],
      ['c', 2 * w],
      ['o', cout],
    ])}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r + 1 - a; let cc = c + 1 - b;
      if ((rr & 1) != 0 || (cc & 1) != 0 || rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+rr/2)*${w}+cc/2)*${cin}+i] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    y[at] = t;`,
  );
}
export function upConv3x3InputGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  return simple(
    'up dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split([
      ['n', images],
      ['r', h],
      ['c', w],
      ['i', cin],
    ])}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = 2*r + a - 1; let cc = 2*c + b - 1;
      if (rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      for (var o = 0; o < ${cout}; o++) { t += dy[((n*${2 * h}+rr)*${2 * w}+cc)*${cout}+o] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    dx[at] = t;`,
  );
}
export function upConv3x3KernelGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  const parts = partsOf(images);
  return simple(
    'up dk',
    parts.count * 9 * cin * cout,
    ['x', 'dy'],
    ['dk'],
    `
    ${split([
      ['part', parts.count],
      ['a', 3],
      ['b', 3],
      ['i', cin],
      ['o', cout],
    ])}
    var t = 0.0;
    for (var n = part * ${parts.length}; n < min((part + 1) * ${parts.length}, ${images}); n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      let rr = 2*r + a - 1; let cc = 2*c + b - 1;
      if (rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      t += x[((n*${h}+r)*${w}+c)*${cin}+i] * dy[((n*${2 * h}+rr)*${2 * w}+cc)*${cout}+o];
    } } }
    dk[at] = t;`,
  );
}
/** y [n, 2h, 2w, cout], k [cin, (a, b, cout)] */
export function doubling({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  return simple(
    'double',
    images * h * w * 4 * cout,
    ['x', 'k', 'bias'],
    ['y'],
    `
    ${split([
      ['n', images],
      ['r', 2 * h],
      ['c', 2 * w],
      ['o', cout],
    ])}
    var t = bias[o];
    for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+r/2)*${w}+c/2)*${cin}+i] * k[i*${4 * cout}+((r&1)*2+(c&1))*${cout}+o]; }
    y[at] = t;`,
  );
}
export function doublingInputGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  return simple(
    'double dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split([
      ['n', images],
      ['r', h],
      ['c', w],
      ['i', cin],
    ])}
    var t = 0.0;
    for (var a = 0; a < 2; a++) { for (var b = 0; b < 2; b++) { for (var o = 0; o < ${cout}; o++) {
      t += dy[((n*${2 * h}+2*r+a)*${2 * w}+2*c+b)*${cout}+o] * k[i*${4 * cout}+(a*2+b)*${cout}+o];
    } } }
    dx[at] = t;`,
  );
}
export function doublingKernelGradient({ images, height: h, width: w, cin, cout }: Sizes): Kernel {
  const parts = partsOf(images);
  return simple(
    'double dk',
    parts.count * 4 * cin * cout,
    ['x', 'dy'],
    ['dk'],
    `
    ${split([
      ['part', parts.count],
      ['i', cin],
      ['a', 2],
      ['b', 2],
      ['o', cout],
    ])}
    var t = 0.0;
    for (var n = part * ${parts.length}; n < min((part + 1) * ${parts.length}, ${images}); n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      t += x[((n*${h}+r)*${w}+c)*${cin}+i] * dy[((n*${2 * h}+2*r+a)*${2 * w}+2*c+b)*${cout}+o];
    } } }
    dk[at] = t;`,
  );
}
export function linear(rows: number, cin: number, cout: number): Kernel {
  return simple(
    'linear',
    rows * cout,
    ['x', 'k', 'bias'],
    ['y'],
    `
    let o = at % ${cout}u; let r = at / ${cout}u;
    var t = bias[o];
    for (var i = 0u; i < ${cin}u; i++) { t += x[r*${cin}u+i] * k[i*${cout}u+o]; }
    y[at] = t;`,
  );
}
export function linearInputGradient(rows: number, cin: number, cout: number): Kernel {
  return simple(
    'linear dx',
    rows * cin,
    ['dy', 'k'],
    ['dx'],
    `
    let i = at % ${cin}u; let r = at / ${cin}u;
    var t = 0.0;
    for (var o = 0u; o < ${cout}u; o++) { t += dy[r*${cout}u+o] * k[i*${cout}u+o]; }
    dx[at] = t;`,
  );
}
export function linearKernelGradient(rows: number, cin: number, cout: number): Kernel {
  return simple(
    'linear dk',
    cin * cout,
    ['x', 'dy'],
    ['dk'],
    `
    let o = at % ${cout}u; let i = at / ${cout}u;
    var t = 0.0;
    for (var r = 0u; r < ${rows}u; r++) { t += dy[r*${cout}u+o] * x[r*${cin}u+i]; }
    dk[at] = t;`,
  );
}
export function columnSums(rows: number, columns: number): Kernel {
  const THREADS = threadsFor(rows);
  if (rows <= 1024)
    return simple(
      'sums',
      columns,
      ['x'],
      ['y'],
      `
    var t = 0.0;
    for (var row = 0u; row < ${rows}u; row++) { t += x[row * ${columns}u + at]; }
    y[at] = t;`,
    );
  return {
    label: 'sums',
    access: ['read', 'read_write'],
    workgroups: [columns, 1, 1],
    code: `${floats(0, 'x', 'read')}${floats(1, 'y', 'read_write')}${sumOver(THREADS)}
@compute @workgroup_size(${THREADS}) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var share = 0.0;
  for (var row = thread; row < ${rows}u; row += ${THREADS}u) { share += x[row * ${columns}u + group.x]; }
  let total = sum(share, thread);
  if (thread == 0u) { y[group.x] = total; }
}`,
  };
}
export function pool({
  images,
  height,
  width,
  channels,
}: {
  images: number;
  height: number;
  width: number;
  channels: number;
}): Kernel {
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  return simple(
    'pool',
    images * h * w * channels,
    ['x'],
    ['y'],
    `
    ${split([
      ['n', images],
      ['r', h],
      ['c', w],
      ['o', channels],
    ])}
    let f = ((n*${height}+2*r)*${width}+2*c)*${channels}+o;
    y[at] = max(max(x[f], x[f+${channels}]), max(x[f+${width * channels}], x[f+${(width + 1) * channels}]));`,
  );
}
export function poolGradient({
  images,
  height,
  width,
  channels,
}: {
  images: number;
  height: number;
  width: number;
  channels: number;
}): Kernel {
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  return simple(
    'pool gradient',
    images * height * width * channels,
    ['x', 'dy'],
    ['dx'],
    `
    ${split([
      ['n', images],
      ['r', height],
      ['c', width],
      ['o', channels],
    ])}
    if (r / 2 >= ${h} || c / 2 >= ${w}) { dx[at] = 0.0; return; }
    let f = ((n*${height}+r/2*2)*${width}+c/2*2)*${channels}+o;
    var best = 0; var value = x[f];
    if (x[f+${channels}] > value) { best = 1; value = x[f+${channels}]; }
    if (x[f+${width * channels}] > value) { best = 2; value = x[f+${width * channels}]; }
    if (x[f+${(width + 1) * channels}] > value) { best = 3; }
    dx[at] = select(0.0, dy[((n*${h}+r/2)*${w}+c/2)*${channels}+o], best == (r&1)*2+(c&1));`,
  );
}
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
  return simple(
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
  return simple(
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
  return simple(
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
export function concatenate(pixels: number, first: number, second: number): Kernel {
  return simple(
    'concatenate',
    pixels * (first + second),
    ['a', 'b'],
    ['y'],
    `
    let o = at % ${first + second}u; let p = at / ${first + second}u;
    if (o < ${first}u) { y[at] = a[p * ${first}u + o]; } else { y[at] = b[p * ${second}u + o - ${first}u]; }`,
  );
}
export function divide(pixels: number, first: number, second: number): Kernel {
  return simple(
    'divide',
    pixels * (first + second),
    ['dy'],
    ['da', 'db'],
    `
    let o = at % ${first + second}u; let p = at / ${first + second}u;
    if (o < ${first}u) { da[p * ${first}u + o] = dy[at]; } else { db[p * ${second}u + o - ${first}u] = dy[at]; }`,
  );
}
export function enlarge(images: number, size: number, target: number): Kernel {
  return simple(
    'enlarge',
    images * target * target,
    ['x'],
    ['y'],
    `
    ${split([
      ['n', images],
      ['r', target],
      ['c', target],
    ])}
    let v = max(0.0, (f32(r) + 0.5) * ${size / target} - 0.5); let u = max(0.0, (f32(c) + 0.5) * ${size / target} - 0.5);
    let r0 = min(i32(v), ${size - 1}); let r1 = min(r0 + 1, ${size - 1}); let c0 = min(i32(u), ${size - 1}); let c1 = min(c0 + 1, ${size - 1});
    let p = v - f32(r0); let q = u - f32(c0); let f = n * ${size * size};
    y[at] = (1.0-p)*((1.0-q)*x[f+r0*${size}+c0]+q*x[f+r0*${size}+c1])+p*((1.0-q)*x[f+r1*${size}+c0]+q*x[f+r1*${size}+c1]);`,
  );
}
export function enlargeGradient(images: number, size: number, target: number): Kernel {
  const scale = size / target;
  const range = (at: string): string => `max(0, i32(floor((f32(${at}) - 0.5) / ${scale} - 0.5)))`;
  const end = (at: string): string => `min(${target - 1}, i32(ceil((f32(${at}) + 1.5) / ${scale} - 0.5)))`;
  const share = (name: string, to: string, at: string): string => `
      let ${name}_place = max(0.0, (f32(${to}) + 0.5) * ${scale} - 0.5);
      let ${name}_first = min(i32(${name}_place), ${size - 1});
      let ${name}_part = ${name}_place - f32(${name}_first);
      let ${name} = select(0.0, 1.0 - ${name}_part, ${name}_first == ${at}) + select(0.0, ${name}_part, min(${name}_first + 1, ${size - 1}) == ${at});`;
  return simple(
    'enlarge gradient',
    images * size * size,
    ['dy'],
    ['dx'],
    `
    ${split([
      ['n', images],
      ['r', size],
      ['c', size],
    ])}
    var t = 0.0;
    for (var a = ${range('r')}; a <= ${end('r')}; a++) {
      ${share('down', 'a', 'r')}
      for (var b = ${range('c')}; b <= ${end('c')}; b++) {
        ${share('across', 'b', 'c')}
        t += down * across * dy[(n*${target}+a)*${target}+b];
      }
    }
    dx[at] = t;`,
  );
}
/** Images are divided into parts, whose sums \`addParts\` adds. */
export function partsOf(images: number): { readonly count: number; readonly length: number } {
  const length = Math.ceil(images / 64);
  return { count: Math.ceil(images / length), length };
}
export function addParts(count: number, size: number): Kernel {
  return simple(
    'add parts',
    size,
    ['parts'],
    ['sums'],
    `
    var t = 0.0;
    for (var part = 0u; part < ${count}u; part++) { t += parts[part * ${size}u + at]; }
    sums[at] = t;`,
  );
}
