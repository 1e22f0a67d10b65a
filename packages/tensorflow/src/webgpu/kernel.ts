// What the functions of kernels/ make and a training step is a list of.

/** One compute dispatch: its sizes are written into the source; its buffers are bound to group 0 in this order. */
export interface Kernel {
  readonly label: string;
  /** WGSL; the entry point is `main`. */
  readonly code: string;
  /** One per binding; what each of them is, the function that makes the kernel says. */
  readonly access: readonly ('read' | 'read_write')[];
  readonly workgroups: readonly [number, number, number];
}
