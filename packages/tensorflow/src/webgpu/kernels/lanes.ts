// Workgroups that sum over pixels, channel by channel: neighbouring threads read neighbouring channels of a pixel.

export interface Lanes {
  /** Threads for channels, and how many such rows of threads a workgroup has. */
  readonly lanes: number;
  readonly rows: number;
  /** Workgroups side by side for all channels. */
  readonly spans: number;
}

/** @param groups channels, as many at once as a thread reads */
export function lanesOf(groups: number): Lanes {
  const lanes = Math.min(groups, 64);
  return { lanes, rows: Math.floor(256 / lanes), spans: Math.ceil(groups / lanes) };
}

/** WGSL: `add_lanes(thread, sum0, …)`, which all threads call; afterwards `sharesN[thread]` of the first row has the sums, in a fixed order. */
export function laneSums(type: string, lanes: number, rows: number, count: 1 | 2): string {
  const names = Array.from({ length: count }, (_, at) => at);
  return `
${names.map((at) => `var<workgroup> shares${at}: array<${type}, ${lanes * rows}>;`).join('\n')}
fn add_lanes(thread: u32, ${names.map((at) => `sum${at}: ${type}`).join(', ')}) {
  ${names.map((at) => `shares${at}[thread] = sum${at};`).join(' ')}
  workgroupBarrier();
  if (thread < ${lanes}u) {
    for (var row = 1u; row < ${rows}u; row++) {
      ${names.map((at) => `shares${at}[thread] += shares${at}[row * ${lanes}u + thread];`).join(' ')}
    }
  }
}
`;
}
