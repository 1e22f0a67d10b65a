// Bindings of a kernel, numbered in the order in which they are declared.
import { BackendError } from '../../backend-error.ts';
import type { Kernel } from '../kernel.ts';

/** How a buffer is seen: value by value, or four at a time (its sizes are multiples of four then). */
export type Width = 1 | 4;

export interface Bound {
  readonly name: string;
  readonly access: 'read' | 'read_write';
  readonly width: Width;
}

export const input = (name: string, width: Width = 1): Bound => ({ name, access: 'read', width });
export const output = (name: string, width: Width = 1): Bound => ({ name, access: 'read_write', width });

/** The widest by which all of these counts can be taken. */
export function widthOf(...counts: readonly number[]): Width {
  return counts.every((count) => count % 4 === 0) ? 4 : 1;
}

/** WGSL's type of so many values. */
export function typeOf(width: Width): string {
  return width === 4 ? 'vec4<f32>' : 'f32';
}

/** Most workgroups in one direction that every device offers. */
const MOST_WORKGROUPS = 65_535;

/**
 * @param code declares all but the bindings
 * @throws BackendError where the sizes need more workgroups than every device offers
 */
export function kernelOf(
  label: string,
  bound: readonly Bound[],
  code: string,
  workgroups: Kernel['workgroups'],
): Kernel {
  if (Math.max(...workgroups) > MOST_WORKGROUPS)
    throw new BackendError(
      `the batch is too large for the webgpu backend: a kernel (${label}) needs ${workgroups.join(' × ')} workgroups\n` +
        `  GPUs have up to ${MOST_WORKGROUPS} in each direction; a smaller batch or a smaller network needs less`,
    );
  const declared = bound.map(
    ({ name, access, width }, at) =>
      `@group(0) @binding(${at}) var<storage, ${access}> ${name}: array<${typeOf(width)}>;`,
  );
  return {
    label,
    code: `${declared.join('\n')}\n${code}`,
    access: bound.map(({ access }) => access),
    workgroups,
  };
}
