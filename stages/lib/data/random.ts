// Seeded random numbers: one generator per purpose, so that more draws for one do not change another.
// The sequences are part of the results: a change here changes every output of the experiment.

export interface Random {
  /** Uniform in [0, 1), 32 bits fine. */
  uniform(): number;
  /** Standard normal deviate. */
  normal(): number;
  /** Whole number in [0, below), without bias. */
  below(limit: number): number;
}

/**
 * Generator xoshiro128** (Blackman and Vigna), its state filled by SplitMix32 from a hash of seed and purpose.
 * @param seed a whole number
 * @param purpose names of the stream, such as `'noise'` or `'shuffle', 3`
 */
export function random(seed: number, ...purpose: readonly (string | number)[]): Random {
  const next = xoshiro128(hash([seed, ...purpose].join('\u0000')));
  let spare: number | null = null;

  const uniform = (): number => next() / 0x1_0000_0000;

  // Box-Muller; 1 - u keeps the logarithm away from zero.
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };

  const below = (limit: number): number => {
    const end = 0x1_0000_0000 - (0x1_0000_0000 % limit);
    let value = next();
    while (value >= end) value = next();
    return value % limit;
  };

  return { uniform, normal, below };
}

/** Fisher-Yates; shuffles in place. */
export function shuffle(values: { [at: number]: number; readonly length: number }, random: Random): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

function xoshiro128(seed: number): () => number {
  let fill = seed;
  const splitMix = (): number => {
    fill = (fill + 0x9e3779b9) | 0;
    let z = fill;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let [a, b, c, d] = [splitMix(), splitMix(), splitMix(), splitMix()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
