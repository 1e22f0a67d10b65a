// Layers that double height and width: transposed 3×3 convolutions of stride 2, and 2×2 blocks of their own weights.
import type { Sizes } from '../convolution.ts';
import type { Beside } from '../doubling.ts';
import { inParts, type PlainDivided } from './parts.ts';
import { perValue, split, type PerValue } from './per-value.ts';

/** y[2r + a - 1] += x[r] k[a] */
export function upConv3x3({ images, height: h, width: w, cin, cout }: Sizes): PerValue {
  return perValue(
    'up',
    images * h * w * 4 * cout,
    ['x', 'k'],
    ['y'],
    `
    ${split({ n: images, r: 2 * h, c: 2 * w, o: cout })}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r + 1 - a; let cc = c + 1 - b;
      if ((rr & 1) != 0 || (cc & 1) != 0 || rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+rr/2)*${w}+cc/2)*${cin}+i] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    y[at] = t;`,
  );
}

export function upConv3x3InputGradient({ images, height: h, width: w, cin, cout }: Sizes): PerValue {
  return perValue(
    'up dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split({ n: images, r: h, c: w, i: cin })}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = 2*r + a - 1; let cc = 2*c + b - 1;
      if (rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      for (var o = 0; o < ${cout}; o++) { t += dy[((n*${2 * h}+rr)*${2 * w}+cc)*${cout}+o] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    dx[at] = t;`,
  );
}

export function upConv3x3KernelGradient({ images, height: h, width: w, cin, cout }: Sizes): PlainDivided {
  return inParts(
    'up dk',
    images,
    9 * cin,
    cout,
    ['x', 'dy'],
    `
    let i = row % ${cin}; let a = row / ${3 * cin} - 1; let b = row / ${cin} % 3 - 1;
    for (var n = first; n < end; n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      let rr = 2*r + a; let cc = 2*c + b;
      if (rr < 0 || rr >= ${2 * h} || cc < 0 || cc >= ${2 * w}) { continue; }
      t += x[((n*${h}+r)*${w}+c)*${cin}+i] * dy[((n*${2 * h}+rr)*${2 * w}+cc)*${cout}+o];
    } } }`,
  );
}

/** y [n, 2h, 2w, cout], k [cin, (a, b, cout)]. In all of these, `among` is where the doubled image is. */
export function doubling(
  { images, height: h, width: w, cin, cout }: Sizes,
  { among }: Beside = {},
): PerValue {
  const { channels, first } = among ?? { channels: cout, first: 0 };
  return perValue(
    'double',
    images * h * w * 4 * cout,
    ['x', 'k', 'bias'],
    ['y'],
    `
    ${split({ n: images, r: 2 * h, c: 2 * w, o: cout })}
    var t = bias[o];
    for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+r/2)*${w}+c/2)*${cin}+i] * k[i*${4 * cout}+((r&1)*2+(c&1))*${cout}+o]; }
    y[((n*${2 * h}+r)*${2 * w}+c)*${channels}+${first}+o] = t;`,
  );
}

export function doublingInputGradient(
  { images, height: h, width: w, cin, cout }: Sizes,
  { among }: Beside = {},
): PerValue {
  const { channels, first } = among ?? { channels: cout, first: 0 };
  return perValue(
    'double dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split({ n: images, r: h, c: w, i: cin })}
    var t = 0.0;
    for (var a = 0; a < 2; a++) { for (var b = 0; b < 2; b++) { for (var o = 0; o < ${cout}; o++) {
      t += dy[((n*${2 * h}+2*r+a)*${2 * w}+2*c+b)*${channels}+${first}+o] * k[i*${4 * cout}+(a*2+b)*${cout}+o];
    } } }
    dx[at] = t;`,
  );
}

/** Parts of [in + 1, (row, column, out)]: the weight's gradient, then four shares of that of the bias. */
export function doublingKernelGradient(
  { images, height: h, width: w, cin, cout }: Sizes,
  { among }: Beside = {},
): PlainDivided {
  const { channels, first } = among ?? { channels: cout, first: 0 };
  return inParts(
    'double dk',
    images,
    cin + 1,
    4 * cout,
    ['x', 'dy'],
    `
    let a = o / ${2 * cout}; let b = o / ${cout} % 2;
    for (var n = first; n < end; n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      let dy_at = dy[((n*${2 * h}+2*r+a)*${2 * w}+2*c+b)*${channels}+${first}+o%${cout}];
      if (row == ${cin}) { t += dy_at; continue; }
      t += x[((n*${h}+r)*${w}+c)*${cin}+row] * dy_at;
    } } }`,
  );
}
