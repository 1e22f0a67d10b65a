// Sums over a workgroup in a fixed order.

export const THREADS = 256;

/** WGSL: `sum(share, thread)`, which all threads of a workgroup of `THREADS` call together. */
export const SUM = `
var<workgroup> shares: array<f32, ${THREADS}>;
fn sum(share: f32, thread: u32) -> f32 {
  workgroupBarrier();
  shares[thread] = share;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { shares[thread] += shares[thread + half]; }
  }
  workgroupBarrier();
  return shares[0];
}
`;
