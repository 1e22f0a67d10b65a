// The schema has one source, schema.ts; what is derived from it is current, and the checker that runs on the derived
// data agrees with the library that the source is written in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { z } from 'zod';
import { isWhole } from '../amount.ts';
import { derivedFiles } from '../../scripts/docs.ts';
import { faultsOf, type Schema } from '../../src/pipeline/pipeline.ts';
import { checkedSchemas } from '../../schema/schema.ts';
import type { Scalar, Value } from '../../src/base/base.ts';

test('derived files are current (node scripts/docs.ts writes them)', () => {
  for (const [path, text] of derivedFiles()) {
    assert.ok(
      readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8') === text,
      `${path} is not current`,
    );
  }
});

const KEYS = [
  'cmd',
  'deps',
  'outs',
  'params',
  'metrics',
  'plots',
  'vars',
  'frozen',
  'meta',
  'matrix',
  'defaults',
  'env',
  'resources',
  'retry',
  'timeout',
  'cpus',
  'memory',
  'mutex',
  'pools',
  'times',
  'delay',
  'cache',
  'labels',
  'x',
  'foreach',
  'do',
  'imports',
  'config',
  'links',
  'nope',
];

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 1.5, 'text', '', '${x}', 'copy', 'A_B', 'a-b'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const toValue = (data: unknown): Value =>
  Array.isArray(data)
    ? data.map(toValue)
    : typeof data === 'object' && data !== null
      ? new Map<Scalar, Value>(Object.entries(data).map(([key, item]) => [key, toValue(item)]))
      : typeof data === 'number' && Number.isInteger(data)
        ? BigInt(data)
        : (data as Scalar);

const command = (settings: object): unknown => ({
  config: { command: { poll: 'x', cancel: 'x', ...settings } },
});

test('both checkers accept the same values', () => {
  const { pipe, dvc, metaPipe, config } = checkedSchemas;
  const schemas = [pipe.top, pipe.stage, pipe.foreach, dvc.stage, metaPipe, config];
  const derived = schemas.map((schema) => z.toJSONSchema(schema, { io: 'input' }) as unknown as Schema);
  fc.assert(
    fc.property(json, fc.nat(schemas.length - 1), (data, index) => {
      assert.equal(
        faultsOf(derived[index]!, toValue(data), []).length === 0,
        schemas[index]!.safeParse(data).success,
      );
    }),
    {
      numRuns: isWhole ? 3000 : 1000,
      examples: [
        [{ plots: [{}] }, 0],
        [{ cmd: 'x', matrix: [] }, 1],
        [{ cmd: 'x', constructor: 1 }, 1],
        [{ cmd: 'x', deps: ['a', 1] }, 1],
        [command({ submit: 'x' }), 0],
        [command({ submit: '' }), 0],
        [command({ submit: 'x', max_jobs: 0 }), 0],
      ],
    },
  );
});

test('every key of the format has a description and an example for editors', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../schema/pipeline.schema.json', import.meta.url), 'utf8'),
  ) as Described;
  assert.deepEqual(undescribed(schema, ''), []);
});

interface Described {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: { readonly [key: string]: Described };
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
  readonly additionalProperties?: boolean | Described;
}

function undescribed(
  { properties = {}, items, anyOf = [], additionalProperties }: Described,
  path: string,
): string[] {
  const own = Object.entries(properties).flatMap(([key, value]) => {
    const lacking = value.description === undefined || value.examples === undefined ? [`${path}.${key}`] : [];
    return [...lacking, ...undescribed(value, `${path}.${key}`)];
  });
  const inner = [
    ...anyOf,
    ...(items ? [items] : []),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ];
  return [...own, ...inner.flatMap((schema) => undescribed(schema, path))];
}
