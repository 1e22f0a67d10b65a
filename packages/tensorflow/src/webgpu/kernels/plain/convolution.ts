// 3×3 convolutions of stride 1 with a pixel of padding, weight [3, 3, in, out].
import type { Sizes } from '../convolution.ts';
import { inParts, type PlainDivided } from './parts.ts';
import { perValue, split, type PerValue } from './per-value.ts';

export function conv3x3({ images, height: h, width: w, cin, cout }: Sizes, bias: boolean): PerValue {
  return perValue(
    'conv',
    images * h * w * cout,
    ['x', 'k', ...(bias ? ['bias'] : [])],
    ['y'],
    `
    ${split({ n: images, r: h, c: w, o: cout })}
    var t = ${bias ? 'bias[o]' : '0.0'};
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r + a - 1; let cc = c + b - 1;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      for (var i = 0; i < ${cin}; i++) { t += x[((n*${h}+rr)*${w}+cc)*${cin}+i] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    y[at] = t;`,
  );
}

export function conv3x3InputGradient({ images, height: h, width: w, cin, cout }: Sizes): PerValue {
  return perValue(
    'conv dx',
    images * h * w * cin,
    ['dy', 'k'],
    ['dx'],
    `
    ${split({ n: images, r: h, c: w, i: cin })}
    var t = 0.0;
    for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) {
      let rr = r - a + 1; let cc = c - b + 1;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      for (var o = 0; o < ${cout}; o++) { t += dy[((n*${h}+rr)*${w}+cc)*${cout}+o] * k[((a*3+b)*${cin}+i)*${cout}+o]; }
    } }
    dx[at] = t;`,
  );
}

/** Parts of [(row, column, in), out], and of one row more for the bias if there is one. */
export function conv3x3KernelGradient(
  { images, height: h, width: w, cin, cout }: Sizes,
  bias: boolean,
): PlainDivided {
  const weights = 9 * cin;
  return inParts(
    'conv dk',
    images,
    bias ? weights + 1 : weights,
    cout,
    ['x', 'dy'],
    `
    let i = row % ${cin}; let a = row / ${3 * cin} - 1; let b = row / ${cin} % 3 - 1;
    for (var n = first; n < end; n++) { for (var r = 0; r < ${h}; r++) { for (var c = 0; c < ${w}; c++) {
      let dy_at = dy[((n*${h}+r)*${w}+c)*${cout}+o];
      ${bias ? `if (row == ${weights}) { t += dy_at; continue; }` : ''}
      let rr = r + a; let cc = c + b;
      if (rr < 0 || rr >= ${h} || cc < 0 || cc >= ${w}) { continue; }
      t += x[((n*${h}+rr)*${w}+cc)*${cin}+i] * dy_at;
    } } }`,
  );
}
