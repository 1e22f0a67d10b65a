import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Digest } from '../../src/hash/hash.ts';
import type { Value } from '../../src/base/base.ts';
import { changesBetween, fieldsOf, fingerprint, type Inputs } from '../../src/plan/plan.ts';

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(-3n, 3n),
  fc.constantFrom(0, 1, -1, 1.5, NaN, Infinity),
);
const value: fc.Arbitrary<Value> = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }));
const name = fc.constantFrom('a', 'b', 'ab', 'c', 'a/b', '');
const inputs: fc.Arbitrary<Inputs> = fc.record({
  cmd: fc.oneof(fc.string({ maxLength: 2 }), fc.array(fc.string({ maxLength: 2 }), { maxLength: 2 })),
  wdir: fc.constantFrom('.', 'sub'),
  env: fc.dictionary(fc.constantFrom('A', 'B'), fc.string({ maxLength: 1 }), { noNullPrototype: true }),
  deps: fc.uniqueArray(
    fc.record({
      path: name,
      content: fc.option(
        fc.record(
          {
            digest: fc.constantFrom('aa', 'bb', 'aa.dir').map((digest) => digest as Digest),
            size: fc.constant(1),
            isexec: fc.constant(true as const),
            links: fc.constantFrom('cc', 'dd').map((digest) => digest as Digest),
          },
          { requiredKeys: ['digest', 'size'] },
        ),
        { nil: undefined },
      ),
    }),
    { selector: (dep) => dep.path, maxLength: 2 },
  ),
  params: fc
    .uniqueArray(
      fc.tuple(
        name,
        fc.uniqueArray(fc.tuple(name, fc.option(value, { nil: undefined })), {
          selector: ([key]) => key,
          maxLength: 2,
        }),
      ),
      {
        selector: ([file]) => file,
        maxLength: 2,
      },
    )
    .map((files) => new Map(files.map(([file, keys]) => [file, new Map(keys)]))),
  outs: fc.uniqueArray(name, { maxLength: 2 }),
});

test('the explanation of two fingerprints is empty exactly when they are equal', () => {
  fc.assert(
    fc.property(inputs, inputs, (a, b) => {
      const equal = fingerprint(fieldsOf(a)) === fingerprint(fieldsOf(b));
      assert.equal(changesBetween(fieldsOf(a), fieldsOf(b)).length === 0, equal);
    }),
    { numRuns: 2000 },
  );
});

test('the explanation names every field that differs, wherever it is in the lists, and no other', () => {
  const textsOf = (all: Inputs): ReadonlyMap<string, string> =>
    new Map(fieldsOf(all).map((field) => [JSON.stringify([field.kind, ...field.key]), fingerprint([field])]));
  fc.assert(
    fc.property(inputs, inputs, (a, b) => {
      const [before, now] = [textsOf(a), textsOf(b)];
      const differing = [...new Set([...now.keys(), ...before.keys()])].filter(
        (field) => before.get(field) !== now.get(field),
      );
      const changes = changesBetween(fieldsOf(a), fieldsOf(b));
      const whole = changes.flatMap(({ kind, key, status }) =>
        kind === 'dep' && status !== 'modified' ? [`["links","${key[0]}"]`, `["mode","${key[0]}"]`] : [],
      );
      assert.deepEqual(
        changes.map(({ kind, key }) => JSON.stringify([kind, ...key])),
        differing.filter((field) => !whole.includes(field)),
      );
    }),
    { numRuns: 2000 },
  );
});

test('the order in which inputs are declared does not count', () => {
  const dep = (path: string) => ({ path, content: { digest: `${path}${path}` as Digest, size: 1 } });
  const base = { cmd: 'x', wdir: '.', env: {}, params: new Map(), outs: ['p', 'q'] };
  const one = fieldsOf({ ...base, deps: [dep('a'), dep('b')] });
  const other = fieldsOf({ ...base, outs: ['q', 'p'], deps: [dep('b'), dep('a')] });
  assert.equal(fingerprint(one), fingerprint(other));
});

test('integers and floats are different values', () => {
  const of = (value: Value): string =>
    fingerprint(
      fieldsOf({
        cmd: 'x',
        wdir: '.',
        env: {},
        deps: [],
        params: new Map([['p', new Map([['k', value]])]]),
        outs: [],
      }),
    );
  assert.notEqual(of(1n), of(1));
  assert.notEqual(of('1'), of(1n));
});

test('every part of the inputs counts by itself, and is named', () => {
  const content = { digest: 'aa' as Digest, size: 1 };
  const base = {
    cmd: 'x',
    wdir: '.',
    env: { A: '1' },
    deps: [{ path: 'd', content }],
    params: new Map([['p', new Map([['k', 1n as Value]])]]),
    outs: ['o'],
  };
  const dep = (more: object) => ({ deps: [{ path: 'd', content: { ...content, ...more } }] });
  const others: readonly (readonly [Partial<Inputs>, readonly string[]])[] = [
    [{ cmd: 'y' }, ['cmd modified']],
    [{ cmd: ['x'] }, ['cmd modified']],
    [{ wdir: 'sub' }, ['wdir modified']],
    [{ env: { A: '2' } }, ['env modified']],
    [{ env: { B: '1' } }, ['env added', 'env removed']],
    [dep({ digest: 'bb' }), ['dep modified']],
    [dep({ links: 'cc' }), ['links added']],
    [dep({ isexec: true }), ['mode added']],
    [dep({ digest: 'bb', isexec: true }), ['dep modified', 'mode added']],
    [{ deps: [{ path: 'e', content }] }, ['dep added', 'dep removed']],
    [
      { deps: [{ path: 'e', content: { ...content, isexec: true, links: 'cc' as Digest } }] },
      ['dep added', 'dep removed'],
    ],
    [{ deps: [{ path: 'd', content: undefined }] }, ['dep missing']],
    [{ params: new Map([['p', new Map([['k', 2n]])]]) }, ['param modified']],
    [{ params: new Map([['p', new Map([['other', 1n]])]]) }, ['param added', 'param removed']],
    [{ params: new Map([['q', new Map([['k', 1n]])]]) }, ['param added', 'param removed']],
    [{ params: new Map([['p', new Map([['k', undefined]])]]) }, ['param missing']],
    [{ outs: ['other'] }, ['out added', 'out removed']],
  ];
  for (const [change, expected] of others) {
    const now = fieldsOf({ ...base, ...change });
    assert.deepEqual(
      changesBetween(fieldsOf(base), now).map(({ kind, status }) => `${kind} ${status}`),
      expected,
    );
    assert.notEqual(fingerprint(now), fingerprint(fieldsOf(base)));
  }
});
