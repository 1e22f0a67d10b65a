// Sums over the rows of a matrix.
import type { Kernel } from '../../kernel.ts';
import { floats } from '../each.ts';
import { sumOver, threadsFor } from '../sums.ts';
import { perValue } from './per-value.ts';

export function columnSums(rows: number, columns: number): Kernel {
  const THREADS = threadsFor(rows);
  if (rows <= 1024)
    return perValue(
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
