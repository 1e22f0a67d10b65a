// Linear layers, weight [in, out].
import { inParts, type PlainDivided } from './parts.ts';
import { perValue, type PerValue } from './per-value.ts';

export function linear(rows: number, cin: number, cout: number): PerValue {
  return perValue(
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

export function linearInputGradient(rows: number, cin: number, cout: number): PerValue {
  return perValue(
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

/** Parts of [in + 1, out]: the weight's gradient, then that of the bias. */
export function linearKernelGradient(rows: number, cin: number, cout: number): PlainDivided {
  return inParts(
    'linear dk',
    rows,
    cin + 1,
    cout,
    ['x', 'dy'],
    `
    for (var r = first; r < end; r++) {
      let dy_at = dy[r*${cout}+o];
      if (row == ${cin}) { t += dy_at; } else { t += dy_at * x[r*${cin}+row]; }
    }`,
  );
}
