// Broken pipeline files give a valid pipeline or a PipeError, never another exception, and never take long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isWhole, sampleOf } from '../amount.ts';
import { anyText } from '../any-text.ts';
import { buildGraph } from '../../src/graph/graph.ts';
import { PipeError } from '../../src/base/base.ts';
import { withProject, type Files } from './project-folder.ts';

const SEEDS: readonly string[] = [
  `vars:
  - params.yaml
  - base: {epochs: 50, lr: 0.1}
    grid: {lr: [0.001, 0.01], noise: [0.3]}
stages:
  prep:
    cmd: |
      echo \${base.epochs}
      echo \\\${HOME}
    deps: [data.csv, src/prep.py]
    outs:
      - out/prep: {cache: false, desc: "x y"}
    params: [a.b, {other.json: [k]}, {all.toml: null}]
  train:
    matrix: ['\${grid}', {fold: [0, 1]}]
    defaults: \${base}
    cmd: python train.py \${item}
    outs: ['models/\${key}']
    env: {A: 1}
    resources: {cpus: 2, memory: 4G, mutex: db}
    retry: {times: 2, delay: 1s}
    timeout: 2h
config: {grace: 5s, pools: {db: 2}}
`,
  `stages:
  a: &a {cmd: echo 1, deps: [x], wdir: sub, frozen: true, always_changed: false}
  b: {<<: *a, cmd: [echo 2, 'echo \${a.b[0]}'], outs: [y]}
  c:
    foreach: {k1: 1, k2: [2, 3], k3: {z: null}}
    do: {cmd: "echo \${key}", plots: [p.csv: {x: a, y: b}], metrics: ["\${key}.json"]}
plots: [a.csv, b: {x: a}]
artifacts: {m: {path: x, labels: [l]}}
`,
];
const PARAMS: Files = { 'params.yaml': 'a: {b: [1, 2.5, null]}\nname: x\n', 'other.json': '{"k": 1}' };

const TOKENS = [
  '__proto__',
  'constructor',
  '${',
  '}',
  '${a.b}',
  '${item}',
  '&a',
  '*a',
  '*b',
  '<<:',
  '!!str',
  '!foo',
  '? ',
  ': ',
  '- ',
  '|',
  '>',
  "'",
  '"',
  '[',
  ']',
  '{',
  '}',
  '#',
  '---',
  '...',
  '%YAML 1.1',
  '\t',
  '\n',
  '\r\n',
  '  ',
  '\0',
  '\uFEFF',
  '\uD800',
  '~',
  '1e999',
  '.nan',
  '0x',
  '@',
  '`',
  ',',
  'null',
  'true',
  '-1',
  '99999999999999999999',
  '../..',
  '/',
  '.',
  'foreach: ',
  'matrix: ',
  'stages: ',
  'do: ',
  'cmd: ',
  'include: ',
] as const;

type Mutation =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'delete' | 'repeat' | 'swap'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert' | 'replace'; readonly at: number; readonly token: string };

const position = fc.nat(10_000);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: position }),
  fc.record({
    kind: fc.constantFrom('delete', 'repeat', 'swap'),
    at: position,
    length: fc.integer({ min: 1, max: 200 }),
  }),
  fc.record({
    kind: fc.constantFrom('insert', 'replace'),
    at: position,
    token: fc.oneof(fc.constantFrom(...TOKENS), anyText()),
  }),
);

function mutate(text: string, change: Mutation): string {
  const at = change.at % (text.length + 1);
  const before = text.slice(0, at);
  switch (change.kind) {
    case 'cut':
      return before;
    case 'delete':
      return before + text.slice(at + change.length);
    case 'repeat':
      return before + text.slice(at, at + change.length) + text.slice(at);
    case 'swap':
      return (
        before +
        text.slice(at + change.length, at + 2 * change.length) +
        text.slice(at, at + change.length) +
        text.slice(at + 2 * change.length)
      );
    case 'insert':
      return before + change.token + text.slice(at);
    case 'replace':
      return before + change.token + text.slice(at + change.token.length);
  }
}

/** @returns how it ended. */
function load(name: 'pipeline.yaml' | 'dvc.yaml', text: string): 'valid' | 'refused' {
  try {
    withProject({ ...PARAMS, [name]: text }, (project) => buildGraph(project));
    return 'valid';
  } catch (error) {
    if (!(error instanceof PipeError)) throw error;
    assert.ok(error.problems.length > 0);
    for (const { title, place } of error.problems)
      assert.ok(title.length > 0 && (place?.line ?? 1) >= 1 && (place?.column ?? 1) >= 1);
    return 'refused';
  }
}

/** Mutated files. */
const RUNS = isWhole ? 2000 : 150;

test(`${RUNS} mutated files`, () => {
  const ended = { valid: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...SEEDS),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('pipeline.yaml' as const, 'dvc.yaml' as const),
      (seed, mutations, name) => {
        ended[load(name, mutations.reduce(mutate, seed))] += 1;
      },
    ),
    // A time that only a file without end takes, on a busy machine too.
    { numRuns: RUNS, interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true },
  );
  assert.ok(ended.valid > 0 && ended.refused > RUNS / 2, JSON.stringify(ended));
});

const repeat = (text: string, times: number): string => text.repeat(times);
const bomb = (kind: 'list' | 'map'): string => {
  const lines = ['x0: &x0 lol'];
  for (let i = 1; i < 30; i += 1) {
    const nine = Array.from({ length: 9 }, (_, key) =>
      kind === 'list' ? `*x${i - 1}` : `k${key}: *x${i - 1}`,
    ).join(', ');
    lines.push(`x${i}: &x${i} ${kind === 'list' ? `[${nine}]` : `{${nine}}`}`);
  }
  return lines.join('\n');
};

const HOSTILE: { readonly [what: string]: string } = {
  'an alias bomb of lists': `vars:\n  - ${bomb('list').replaceAll('\n', '\n    ')}\nstages: {a: {cmd: "\${x29}"}}\n`,
  'an alias bomb of mappings': `vars:\n  - ${bomb('map').replaceAll('\n', '\n    ')}\nstages: {a: {cmd: "x \${x29}"}}\n`,
  'an alias bomb in meta': `stages:\n  a:\n    cmd: x\n    meta:\n      ${bomb('map').replaceAll('\n', '\n      ')}\n`,
  'a circle of aliases': 'stages: &s\n  a: {cmd: x, meta: *s}\n',
  'deep lists': `stages:\n  a: {cmd: x, meta: ${repeat('[', 50_000)}${repeat(']', 50_000)}}\n`,
  'deep lists that never end': repeat('[', 100_000),
  'deep lists with something in each': `vars:\n- l: ${repeat('[a,', 500_000)}\nstages: {}\n`,
  'deep sequences, large': `vars:\n${repeat('- ', 900_000)}x\n`,
  'deep mappings': Array.from({ length: 3000 }, (_, depth) => `${repeat(' ', depth)}a:`).join('\n'),
  'deep sequences': `a:\n${repeat('- ', 20_000)}x`,
  'a scalar of 10 MB': `stages:\n  a: {cmd: "${repeat('x', 10_000_000)}"}\n`,
  'a plain scalar of 10 MB': `stages:\n  a:\n    cmd: ${repeat('x ', 5_000_000)}\n`,
  'a key of 10 MB': `${repeat('k', 10_000_000)}: 1\n`,
  '10 MB of templates': `stages:\n  a:\n    cmd: ${repeat('${name} ', 1_200_000)}\n`,
  '10 MB of broken templates': `stages:\n  a:\n    cmd: ${repeat('${', 5_000_000)}\n`,
  '10 MB of escapes': `stages:\n  a:\n    cmd: ${repeat('\\${', 3_000_000)}\n`,
  '100,000 unknown keys': `stages: {}\n${Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')}\n`,
  '100,000 equal keys': `stages: {}\n${repeat('k: 1\n', 100_000)}`,
  'a matrix of a billion': `stages:\n  a:\n    matrix: {${['a', 'b', 'c'].map((key) => `${key}: [${Array.from({ length: 1000 }, (_, i) => i).join(',')}]`).join(', ')}}\n    cmd: x\n`,
  'prototype names':
    'vars: [{__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}}]\nstages:\n  __proto__: {cmd: x, outs: [__proto__]}\n  constructor: {cmd: x, meta: {__proto__: 1}, env: {__proto__: a}, outs: [{a: {__proto__: 1}}]}\n  toString: {matrix: {__proto__: [1], hasOwnProperty: [2]}, cmd: "x ${item.__proto__}"}\n',
  'NUL characters in every path':
    'vars: ["a\\0.yaml"]\nstages: {a: {cmd: x, wdir: "w\\0", vars: ["v\\0"], deps: ["d\\0"], params: [{"p\\0": [k]}], outs: ["o\\0"]}}\ninclude: {a: "i\\0"}\n',
  'paths that are too long': `stages: {a: {cmd: x, wdir: ${repeat('w/', 3000)}, deps: [${repeat('d/', 3000)}], outs: [${repeat('o/', 3000)}x]}}\nvars: [${repeat('v/', 3000)}]\n`,
  'names of the prototype in templates':
    'stages:\n  a: {cmd: "${constructor} ${__proto__} ${a.toString} ${a.b.length}"}\n',
};

for (const [what, text] of sampleOf(Object.entries(HOSTILE), 2)) {
  // What must not happen takes hours or all memory; the bound is far above what a busy machine needs.
  test(`${what}: an answer before the machine is exhausted`, () => {
    // The names differ in what is read, not in how.
    for (const name of sampleOf(['pipeline.yaml', 'dvc.yaml'] as const, 2)) {
      const start = process.cpuUsage();
      load(name, text);
      const { user, system } = process.cpuUsage(start);
      assert.ok(user + system < 60_000_000, `${name}: ${(user + system) / 1e6} s`);
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
}
