// Linear layers, weight [in, out].
import type { Kernel } from '../../kernel.ts';
import { perValue } from './per-value.ts';

export function linear(rows: number, cin: number, cout: number): Kernel {
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

export function linearInputGradient(rows: number, cin: number, cout: number): Kernel {
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

export function linearKernelGradient(rows: number, cin: number, cout: number): Kernel {
  return perValue(
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
