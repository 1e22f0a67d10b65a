// Metrics and parameters that are collected of a revision: of a commit and of an experiment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../src/base/base.ts';
import {
  collectMetrics,
  collectParams,
  experimentMetrics,
  experimentParams,
} from '../../src/revision/revision.ts';
import { at, entryOf, noStore, out, revisionIn, valuesIn, withLoaded } from './revision-in.ts';

const reading = { store: noStore, pull: undefined };

const METRICS = {
  'pipeline.yaml': `stages:
  ran: {cmd: x, metrics: [m: {cache: false}, gone.json: {cache: false}]}
  not: {cmd: x, metrics: [n.json: {cache: false}]}
metrics: [given.json, absent.json]
`,
};

test('metrics of an experiment: its own before those of git, which count where none of its stages made them', async () => {
  await withLoaded(METRICS, async (project) => {
    const files = {
      'm/old.json': '{"v": 0}',
      'gone.json': '{"v": 0}',
      'n.json': '{"v": 3}',
      'given.json': '{"v": 4}',
    };
    const base = revisionIn(project, files);
    const metrics = new Map<string, Value>([
      ['m/one.json', new Map([['v', 1n]])],
      ['given.json', new Map([['v', 5n]])],
      ['many.json', new Map([['v', 6n]])],
    ]);
    const record = { metrics, stages: new Map([['ran', { state: 'ran' as const }]]) };
    const found = async (...targets: readonly string[]): Promise<object> =>
      valuesIn(await experimentMetrics(record, base, targets.map(at), reading));
    const [one, given, many] = [{ v: 1n }, { v: 5n }, { v: 6n }];
    assert.deepEqual(await found(), {
      'm/one.json': one,
      'given.json': given,
      'many.json': many,
      'n.json': { v: 3n },
    });
    assert.deepEqual(await found('m', 'n.json'), { 'm/one.json': one, 'n.json': { v: 3n } });
    assert.deepEqual(await found('m/one.json'), { 'm/one.json': one });
    assert.deepEqual(valuesIn(await collectMetrics(base, [], reading)), {
      'm/old.json': { v: 0n },
      'gone.json': { v: 0n },
      'n.json': { v: 3n },
      'given.json': { v: 4n },
      'absent.json': 'failed',
    });
  });
});

test('parameters: what stages declare, whole files, what templates use; of an experiment its own values', async () => {
  const files = {
    'pipeline.yaml': `vars: [v.yaml, 'p.yaml:e']
include: {more: part.yaml}
stages: {s: {cmd: 'x \${v} \${e}', params: [p.yaml: [a], q.yaml: null]}}
params: [r.yaml, folder]
`,
    'part.yaml':
      "vars: [v.yaml]\nstages: {t: {cmd: 'x ${w}', params: [p.yaml: [b.c, b.d], q.yaml: [x], none.yaml: [k]]}}\n",
    'v.yaml': 'v: 1\nw: 2\nunused: 3\n',
    'p.yaml': 'a: 1\nb: {c: 2, d: 3}\ne: 4\n',
    'q.yaml': 'q: 1\n',
    'r.yaml': 'r: 1\n',
    'folder/in.yaml': 'f: 1\n',
  };
  await withLoaded(files, async (project) => {
    const base = revisionIn(project, files);
    const choice = { targets: [], depsOnly: false };
    const p = { a: 1n, b: new Map([['c', 2n], ['d', 3n]]) }; // prettier-ignore
    assert.deepEqual(valuesIn(await collectParams(base, choice, reading)), {
      'p.yaml': p,
      'q.yaml': { q: 1n },
      'none.yaml': 'failed',
      'r.yaml': { r: 1n },
      'folder/in.yaml': { f: 1n },
      'v.yaml': { v: 1n, w: 2n },
    });
    const deps = await collectParams(base, { ...choice, depsOnly: true }, reading);
    assert.deepEqual([...deps.keys()], ['p.yaml', 'q.yaml', 'none.yaml', 'v.yaml']);
    const own = new Map<string, Value>([
      ['other.yaml', new Map([['o', 1n]])],
      ['p.yaml', new Map<string, Value>([['a', 9n], ['e', 9n]])],
      ['v.yaml', new Map([['v', 8n], ['w', 7n], ['unused', 6n]])],
    ]); // prettier-ignore
    const there = revisionIn(project, { ...files, 'q.yaml': 'q: of the workspace\n' });
    const of = async (more: object): Promise<object> =>
      valuesIn(await experimentParams(own, there, base, { ...choice, ...more }, reading));
    assert.deepEqual(await of({}), {
      'p.yaml': { a: 9n },
      'q.yaml': { q: 1n },
      'r.yaml': { r: 1n },
      'folder/in.yaml': { f: 1n },
      'v.yaml': { v: 8n, w: 7n },
    });
    assert.deepEqual(await of({ targets: [at('q.yaml'), at('other.yaml')] }), {
      'other.yaml': { o: 1n },
      'q.yaml': { q: 1n },
    });
  });
});

test('params.yaml counts where a stage makes it, too', async () => {
  const files = { 'pipeline.yaml': 'stages: {s: {cmd: x, outs: [params.yaml]}}\n' };
  await withLoaded(files, async (project) => {
    const revision = revisionIn(project, {}, { s: entryOf(out('params.yaml', '1')) });
    const store = { ...noStore, read: () => Buffer.from('n: 1\n') };
    const found = await collectParams(revision, { targets: [], depsOnly: false }, { store, pull: undefined });
    assert.deepEqual(valuesIn(found), { 'params.yaml': { n: 1n } });
  });
});
