// Kernels whose workgroups find their memory full of large numbers: Dawn is asked not to clear it, so each kernel has to write whatever
// it reads. One that does not computes nonsense in the tests.

const DECLARED = /var<workgroup> (\w+): array<(.+), (\d+)>;/g;
/** Of the types that they have. */
const POISON: Readonly<Record<string, string>> = {
  f32: '1e30',
  'vec4<f32>': 'vec4<f32>(1e30)',
  Slope: 'Slope(1e30, 1e30, 1e30, 1e30, 1e30)',
};

/** @param code WGSL; a kernel with memory of its workgroup calls the number of a thread `thread` */
export function poisoned(code: string): string {
  const declared = [...code.matchAll(DECLARED)];
  if (declared.length !== code.split('var<workgroup>').length - 1)
    throw new Error('memory of a workgroup that is not poisoned');
  if (declared.length === 0) return code;
  const threads = /@workgroup_size\((\d+)\)/.exec(code)![1]!;
  const fills = declared.map(
    ([, name, type, count]) =>
      `for (var at = thread; at < ${count}u; at += ${threads}u) { ${name}[at] = ${POISON[type!]!}; }`,
  );
  return code.replace(/fn main\([^{]*\{/, (main) => `${main} ${fills.join(' ')} workgroupBarrier();`);
}
