// The faults that `npm run mutate` puts into a source.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutationsOf } from '../../scripts/mutate/mutations.ts';

/** The source with each of its faults. */
function faulty(source: string): string[] {
  return mutationsOf(source, 'a.ts').map(({ from, to, text }) => source.slice(0, from) + text + source.slice(to)); // prettier-ignore
}

test('a condition of two parts is turned around, and cut to each of them', () => {
  assert.deepEqual(faulty('const x = a && b'), ['const x = a || b', 'const x = a', 'const x = b']);
  assert.deepEqual(faulty('const x = a ?? b'), ['const x = a']);
});

test('of several elements only the first is taken', () => {
  assert.deepEqual(faulty('const x = a.b.map(c)'), ['const x = [...a.b].slice(0, 1).map(c)']);
  assert.deepEqual(faulty('const x = Promise.all(a.flatMap(c))'), [
    'const x = Promise.all([...a].slice(0, 1).flatMap(c))',
  ]);
  assert.deepEqual(faulty('for (const x of f(a)) ;'), ['for (const x of [...f(a)].slice(0, 1)) ;']);
});

test('all are kept, in another order, or one place is replaced only', () => {
  assert.deepEqual(faulty('const x = a.sort()'), ['const x = a']);
  assert.deepEqual(faulty("const x = a.replaceAll('b', c)"), ["const x = a.replace('b', c)"]);
  assert.deepEqual(faulty('const x = a.filter(c)'), [
    'const x = a',
    'const x = [...a].slice(0, 1).filter(c)',
  ]);
  assert.deepEqual(faulty('const x = a.every(c)'), [
    'const x = a.some(c)',
    'const x = [...a].slice(0, 1).every(c)',
  ]);
  assert.deepEqual(faulty('const x = a.toString()'), []);
});

test('the functions around a fault are known, the innermost first', () => {
  const [fault] = mutationsOf('function f() {\n  const g = () =>\n    a < b;\n}\n', 'a.ts');
  assert.deepEqual([fault!.line, fault!.functions], [3, [2, 1]]);
});
