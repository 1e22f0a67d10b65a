// Kernels for any sizes, each thread one value: what has too few channels for products in tiles. Images are [images, height, width,
// channels]; a function's kernel binds what it reads in the order of the names, then what it computes.
export * from './plain/convolution.ts';
export * from './plain/doubling.ts';
export * from './plain/enlarging.ts';
export * from './plain/joining.ts';
export * from './plain/linear.ts';
export * from './plain/pooling.ts';
export type { PlainDivided } from './plain/parts.ts';
export { beside, type PerValue } from './plain/per-value.ts';
