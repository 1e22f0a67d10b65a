// What is collected of a revision to be compared: data, stages and plots, of a commit and of an experiment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../src/hash/hash.ts';
import type { LockEntry, LockedPath } from '../../src/lock/lock.ts';
import { formatLock } from '../../src/own/own.ts';
import { noOverlay } from '../../src/pipeline/pipeline.ts';
import {
  collectData,
  collectGroup,
  collectMetrics,
  collectStages,
  outputsOf,
  plotFiles,
  recordedData,
  revisionOfExperiment,
  type Revision,
} from '../../src/revision/revision.ts';
import { loadFolder } from '../pipeline/load-folder.ts';
import { withFolder } from '../pipeline/project-folder.ts';
import { at, digest, entryOf, noStore, out, revisionIn, valuesIn, withLoaded } from './revision-in.ts';

test('files of plots: those of the revision, and with a pull what the cache lacks', async () => {
  const yaml = 'stages:\n  a: {cmd: x, outs: [p.csv, d]}\n';
  await withLoaded({ 'pipeline.yaml': yaml }, async (project) => {
    const folder = `${digest('f')}.dir` as Digest;
    const entry = entryOf(out('p.csv', '1'), { path: 'd', content: { digest: folder, size: 5 } });
    const revision = revisionIn(project, { 'x/y': '' }, { a: entry });
    const has = new Set<Digest>();
    const store = {
      read: (content: { digest: Digest }) => (has.has(content.digest) ? Buffer.from('1') : undefined),
      entries: (content: { digest: Digest }) =>
        has.has(content.digest)
          ? [{ kind: 'file' as const, path: 'a.csv', digest: digest('2'), size: 5 }]
          : undefined,
    };
    const here = plotFiles(revision, { store, pull: undefined });
    assert.deepEqual([await here.read(at('p.csv')), await here.files(at('d'))], [undefined, ['d']]);
    const pulled = plotFiles(revision, {
      store,
      pull: async (outputs) => outputs.forEach(({ content }) => has.add(content.digest)),
    });
    assert.equal(String(await pulled.read(at('p.csv'))), '1');
    assert.deepEqual(await pulled.files(at('d')), ['d/a.csv']);
    assert.deepEqual(
      ['x', 'x/y', 'none'].map((path) => here.isFolder(at(path))),
      [true, false, false],
    );
  });
});

test('data: of all targets, whether path, folder, stage, group or a file inside', async () => {
  const files = {
    'pipeline.yaml': `stages:
  a: {cmd: x, outs: [d/one, d/two, plain: {cache: false}, f, g]}
  m: {foreach: [1, 2], do: {cmd: x, outs: ['e/\${item}']}}
`,
  };
  await withLoaded(files, async (project) => {
    const folder = (letter: string): Digest => `${digest(letter)}.dir` as Digest;
    const [digestB, digestC] = [digest('b'), digest('c')];
    const entries = {
      a: entryOf(
        out('plain', '9'),
        out('d/two', '2'),
        { path: 'f', content: { digest: folder('f'), size: 0 }, unsized: true },
        { path: 'g', content: { digest: folder('0'), size: 8 } },
        out('d/one', '1'),
      ),
      'm@1': entryOf(out('e/1', '3')),
      'm@2': entryOf(out('e/2', '4')),
    };
    const revision = revisionIn(project, {}, entries);
    const store = {
      ...noStore,
      entries: ({ digest }: { digest: Digest }) =>
        digest === folder('f')
          ? [
              { kind: 'directory' as const, path: 'in' },
              { kind: 'file' as const, path: 'in/b', digest: digestB, size: 5 },
              { kind: 'file' as const, path: 'c', digest: digestC, size: 6 },
            ]
          : undefined,
    };
    const found = async (...targets: readonly string[]): Promise<readonly unknown[]> =>
      [...(await collectData(revision, targets.map(at), recordedData(revision, store))).values()].map(
        ({ path, digest, size, isFolder, isOpaque }) =>
          [path, digest[0], size, ...(isFolder ? ['folder'] : []), ...(isOpaque ? ['unknown'] : [])].join(
            ' ',
          ),
      );
    const all = ['d/one 1 5', 'd/two 2 5', 'f f  folder', 'f/in/b b 5', 'f/c c 6', 'g 0 8 folder unknown'];
    const group = ['e/1 3 3', 'e/2 4 3'];
    assert.deepEqual(await found(), [...all, ...group]);
    assert.deepEqual(await found('d/one', 'e/2'), ['d/one 1 5', 'e/2 4 3']);
    assert.deepEqual(await found('d'), ['d/one 1 5', 'd/two 2 5']);
    assert.deepEqual(await found('f/in'), ['f/in/b b 5']);
    assert.deepEqual(await found('a'), all);
    assert.deepEqual(await found('m'), group);
    assert.deepEqual(await found('m@2'), group.slice(1));
    assert.deepEqual(await found('d/on'), []);
  });
});

const NESTED = {
  'pipeline.yaml': 'stages: {top: {cmd: x, outs: [t]}}\n',
  'sub/pipeline.yaml': `data: [raw]
stages:
  s: {cmd: now, deps: [in, ../t], params: [p.yaml: [k, l]], outs: [o, cloudy]}
  g: {foreach: [{a: {b: 1}}, {a: {b: 2}}], do: {cmd: x, outs: ['o\${item.a.b}'], metrics: ['g\${item.a.b}.json': {cache: false}, 'h\${item.a.b}.json']}}
`,
  'sub/p.yaml': 'k: 1\nl: 2\n',
};

test('stages of a folder: what was read, by its place; of an experiment as it ran', () => {
  withFolder(NESTED, (root) => {
    const project = loadFolder(root, noOverlay);
    const entry: LockEntry = {
      cmd: ['ran', 'so'],
      deps: [out('../t', '5'), out('in', '6')],
      params: new Map([['p.yaml', new Map([['k', 9n]])]]),
      outs: [],
    };
    const address = 'sub/pipeline.yaml:s';
    const facts = (more: Partial<Revision>): unknown => {
      const found = collectStages(revisionIn(project, {}, { [address]: entry }, more));
      assert.ok(!found.some((one) => one.address === 'sub/raw'), 'data is no stage');
      const { cmd, wdir, deps, outs, params } = found.find((one) => one.address === address)!;
      return [cmd, wdir, Object.fromEntries(deps), outs, Object.fromEntries(params)];
    };
    const deps = { 'sub/in': digest('6'), t: digest('5') };
    const outs = ['sub/o', 'sub/cloudy'];
    assert.deepEqual(facts({}), ['now', 'sub', deps, outs, { 'sub/p.yaml:k': 1n, 'sub/p.yaml:l': 2n }]);
    assert.deepEqual(facts({ isExperiment: true }), ['ran\nso', 'sub', deps, outs, { 'sub/p.yaml:k': 9n }]);
  });
});

test('an output is the one at its path, or the one around it, with all that is recorded of it', async () => {
  await withLoaded(NESTED, async (project) => {
    const entry = entryOf(out('cloudy', '8', { cloud: true }), out('o', '7'));
    const output = outputsOf(project, (stage) => (stage.name === 's' ? entry : undefined));
    const shown = (path: string): unknown => {
      const found = output(at(path));
      return found && [found.out.at, found.content.digest[0], found.cloud];
    };
    assert.deepEqual(shown('sub/o'), ['sub/o', '7', false]);
    assert.deepEqual(shown('sub/cloudy/in/it'), ['sub/cloudy', '8', true]);
    assert.deepEqual(['t', 'sub', 'sub/other', '.'].map(shown), [undefined, undefined, undefined, undefined]);
  });
});

test('a group in a folder has the rows of its own members, by their whole names and axes', async () => {
  const files = {
    ...NESTED,
    'pipeline.yaml': 'stages: {g: {foreach: [1], do: {cmd: x, metrics: [m.json]}}}\n',
  };
  await withLoaded(files, async (project) => {
    const asked: string[] = [];
    const { rows } = await collectGroup(
      revisionIn(project, {}),
      'sub/pipeline.yaml:g',
      'name',
      async (places) => {
        asked.push(...places);
        return new Map(
          places.map((place) => [place, { kind: 'values' as const, value: new Map([['n', 1n]]) }]),
        );
      },
    );
    assert.deepEqual(asked, ['sub/g1.json', 'sub/h1.json', 'sub/g2.json', 'sub/h2.json']);
    assert.deepEqual(
      rows.map(({ revision, stage, axes, metrics }) => [revision, stage, ...axes, ...metrics]),
      [0, 1].map((index) => [
        'name',
        `sub/pipeline.yaml:g@${index}`,
        ['a.b', BigInt(index + 1)],
        ['n', 1n],
        [`h${index + 1}.json:n`, 1n],
      ]),
    );
  });
});

test('what the cache lacks is brought at once, each output once', async () => {
  const files = {
    'pipeline.yaml':
      'stages: {s: {cmd: x, metrics: [a.json, d, b.json]}, t: {cmd: x, wdir: sub, metrics: [a.json]}}\n',
  };
  await withLoaded(files, async (project) => {
    const content = (text: string): LockedPath => ({
      path: text,
      content: {
        digest: digest(text[0]!),
        size: 1,
        ...(text === 'd' && { digest: `${digest('d')}.dir` as Digest }),
      },
    });
    const revision = revisionIn(
      project,
      {},
      { s: entryOf(...['d', 'b.json', 'a.json'].map(content)), t: entryOf(out('a.json', 'e')) },
    );
    const pulled: string[][] = [];
    const store = {
      read: ({ digest }: { digest: Digest }) =>
        pulled.length > 0 ? Buffer.from(`{"v": "${digest[0]}"}`) : undefined,
      entries: () =>
        ['x', 'y'].map((path, index) => ({
          kind: 'file' as const,
          path: `${path}.json`,
          digest: digest(String(index + 1)),
          size: 1,
        })),
    };
    const pull = async (outputs: readonly { readonly out: { readonly at: string } }[]): Promise<void> =>
      void pulled.push(outputs.map((one) => one.out.at));
    assert.deepEqual(valuesIn(await collectMetrics(revision, [], { store, pull })), {
      'a.json': { v: 'a' },
      'd/x.json': { v: '1' },
      'd/y.json': { v: '2' },
      'b.json': { v: 'b' },
      'sub/a.json': { v: 'e' },
    });
    assert.deepEqual(pulled, [['a.json', 'd', 'b.json', 'sub/a.json']]);
  });
});

test('an experiment has the records of its own lock files, by their folders, and data as at its commit', async () => {
  await withLoaded(NESTED, async (project) => {
    const lock = (outs: LockEntry): string =>
      formatLock({ entries: new Map([['s', outs]]), overlay: { files: [], set: [] } });
    const locks = new Map([
      ['pipeline.lock', lock(entryOf(out('o', '1')))],
      ['sub/pipeline.lock', lock(entryOf(out('o', '2')))],
    ]);
    const base = revisionIn(
      project,
      { 'sub/o': 'of git', 'sub/raw': 'raw', 'sub/oo': 'beside' },
      {
        'sub/pipeline.yaml:s': entryOf(out('o', '3')),
        'sub/raw': entryOf(out('raw', '4')),
        top: entryOf(out('t', '5')),
      },
    );
    const revision = revisionOfExperiment({ name: 'e', locks } as never, base);
    const digests = ['top', 'sub/pipeline.yaml:s', 'sub/raw'].map(
      (address) =>
        revision.entry(project.stages.find((stage) => stage.address === address)!)?.outs[0]!.content
          .digest[0],
    );
    assert.deepEqual(digests, [undefined, '2', '4']);
    assert.deepEqual(
      ['sub/o', 'sub/raw', 't'].map((path) => revision.output(at(path))?.content.digest[0]),
      ['2', '4', undefined],
    );
    const [names, inner] = [await revision.names(at('.')), await revision.names(at('sub'))];
    assert.ok(names.includes('pipeline.lock') && inner.includes('pipeline.lock'), 'git has none of them');
    assert.deepEqual(
      ['sub/o', 'sub/o/in', 'sub/raw', 'sub/oo'].map((path) => revision.kind(at(path))),
      [undefined, undefined, 'file', 'file'],
    );
  });
});
