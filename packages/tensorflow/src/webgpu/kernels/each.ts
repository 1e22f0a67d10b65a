// Kernels with one thread per value.
import type { Kernel } from '../kernel.ts';

const THREADS = 256;
/** Workgroups in a row: below the limit of every device. */
const ROW = 32_768;

/** @returns code that begins `main` with `at`, the number of a value, and the workgroups for so many values */
export function each(count: number): { readonly begin: string; readonly workgroups: Kernel['workgroups'] } {
  const groups = Math.ceil(count / THREADS);
  const workgroups = [Math.min(groups, ROW), Math.ceil(groups / ROW), 1] as const;
  const begin = `@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x + id.y * ${ROW * THREADS}u;
  if (at >= ${count}u) { return; }`;
  return { begin, workgroups };
}

/** A binding of floats. */
export function floats(binding: number, name: string, access: 'read' | 'read_write'): string {
  return `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<f32>;\n`;
}
