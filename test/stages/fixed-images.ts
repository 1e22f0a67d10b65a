// Two fixed images for comparisons with other programs, given by formulas that each program can follow.

/** 28×28, 0 … 1: clip(sin(0.35x)·cos(0.22y) + 0.3) */
export const clean = image((x, y) => Math.sin(0.35 * x) * Math.cos(0.22 * y) + 0.3);

/** clip(clean + 0.5·sin(12.9898x + 78.233xy + 3y)); clean is rounded to 32 bits before */
export const noisy = image(
  (x, y) => clean[y * 28 + x]! + 0.5 * Math.sin(12.9898 * x + 78.233 * y * x + 3 * y),
);

function image(value: (x: number, y: number) => number): Float32Array {
  return Float32Array.from({ length: 784 }, (_, at) =>
    Math.min(1, Math.max(0, value(at % 28, Math.floor(at / 28)))),
  );
}
