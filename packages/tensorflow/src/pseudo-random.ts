/** Numbers that are the same on each machine: uniform in ±1, determined by the purpose. For checks, not for results. */
export function pseudoRandom(count: number, purpose: string): Float32Array {
  // FNV-1a of the purpose seeds Mulberry32.
  let state = 0x811c9dc5;
  for (let at = 0; at < purpose.length; at++) state = Math.imul(state ^ purpose.charCodeAt(at), 0x01000193);
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x8000_0000 - 1;
  });
}
