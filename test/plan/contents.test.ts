// Which paths are looked at again after a stage wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipeError } from '../../src/base/base.ts';
import type { Content, Digest, View } from '../../src/hash/hash.ts';
import {
  allowMissing,
  contains,
  overlap,
  reads,
  rememberContents,
  type LookedAt,
  type Workspace,
} from '../../src/plan/plan.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import { at, makeOut, makeStage } from '../show/stages.ts';

interface Looking {
  /** Places behind links, of dependencies by path. */
  readonly behind?: Readonly<Record<string, readonly string[]>>;
  readonly linked?: Readonly<Record<string, readonly string[]>>;
  readonly plain?: boolean;
  readonly during?: (path: string) => void;
  readonly earlier?: Parameters<typeof rememberContents>[2];
}

/** Each look gives another content. */
function looking({ behind = {}, linked = {}, plain = true, during, earlier }: Looking = {}) {
  const looks: string[] = [];
  const contents = rememberContents(
    {
      as: async (view: View, path): Promise<LookedAt> => {
        looks.push(`${view} ${path}`);
        const digest = String(looks.length) as Digest;
        await Promise.resolve();
        during?.(path);
        const places = view === 'input' ? (behind[path] ?? []) : [];
        return { content: { digest, size: 1 }, plain: plain && places.length === 0, behind: places.map(at) };
      },
      asRecorded: () => Promise.resolve(undefined),
    },
    new Map(Object.entries(linked).map(([path, places]) => [at(path), places.map(at)])),
    earlier,
  );
  return { looks, contents };
}

test('with data that may be missing, only what nothing is known about counts as recorded', async () => {
  const recorded = { digest: 'recorded' as Digest, size: 1 };
  const problem = (code: string): PipeError => new PipeError({ code: code as never, title: code });
  const input = (path: string, code: string): Promise<Content | undefined> => {
    const contents = { input: () => Promise.reject(problem(code)) };
    const workspace = { contents, rules: {}, store: {}, project: { stages: [] }, locks: {} } as never;
    const { contents: missing } = allowMissing<Workspace>(workspace);
    return missing.input(at(path), recorded);
  };
  assert.equal(await input('https://h/x', 'source-unreachable'), recorded);
  await assert.rejects(input('https://h/x', 'source-changing'), /source-changing/);
  await assert.rejects(input('in', 'source-unreachable'), /source-unreachable/);
  // What the stage that makes it recorded counts, not what the one that reads it did.
  const made = { digest: 'made' as Digest, size: 1 };
  const making = {
    contents: { input: () => Promise.resolve(undefined) },
    rules: {},
    store: {},
    project: { stages: [makeStage('r'), makeStage('s', { outs: ['m'] })] },
    locks: {
      entry: ({ name }: Stage) => (name === 's' ? { outs: [{ path: 'm', content: made }] } : undefined),
    },
  } as never;
  const lacking = allowMissing<Workspace>(making).contents;
  assert.deepEqual(
    [await lacking.input(at('m'), recorded), await lacking.input(at('other'), recorded)],
    [made, recorded],
  );
  const there = { digest: 'there' as Digest, size: 1 };
  for (const [cache, expected] of [
    [true, recorded],
    [false, there],
  ] as const) {
    const workspace = {
      contents: { get: () => Promise.resolve(there) },
      rules: { needsObjects: true },
      store: { has: () => false },
      project: { stages: [makeStage('r'), { ...makeStage('s'), outs: [makeOut('m', { cache })] }] },
      locks: { entry: () => ({ outs: [{ path: 'm', content: recorded }] }) },
    } as never;
    const { contents } = allowMissing<Workspace>(workspace);
    assert.equal(await contents.get(at('m'), recorded), expected, 'only the cache can have lost it');
  }
});

test('a path is looked at once, as output and as dependency, where both are the same', async () => {
  const { looks, contents } = looking();
  const first = await contents.get(at('d'));
  assert.equal(await contents.get(at('d')), first);
  assert.equal(await contents.input(at('d')), first);
  assert.deepEqual(looks, ['output d']);
});

test('and twice where they may differ', async () => {
  const { looks, contents } = looking({ plain: false });
  await contents.get(at('d'));
  await contents.input(at('d'));
  await contents.get(at('d'));
  assert.deepEqual(looks, ['output d', 'input d']);
});

test('a write makes it, what is in it and what is around it be looked at again, and nothing else', async () => {
  for (const way of ['get', 'input'] as const) {
    const { contents: one } = looking({ plain: false });
    const seen = await one[way](at('a/b'));
    one.written(at('a/b'));
    assert.notEqual(await one[way](at('a/b')), seen, way);
  }
  const { contents } = looking();
  const paths = ['.', 'a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/bb', 'x'].map(at);
  const before = await Promise.all(paths.map((path) => contents.input(path)));
  contents.written(at('a/b'));
  const after = await Promise.all(paths.map((path) => contents.input(path)));
  assert.deepEqual(
    paths.filter((_, index) => before[index] !== after[index]),
    ['.', 'a', 'a/b', 'a/b/c', 'a/b/c/d'],
  );
  contents.written(at('a'));
  const last = await Promise.all(paths.map((path) => contents.input(path)));
  assert.deepEqual(
    paths.filter((_, index) => after[index] !== last[index]),
    ['.', 'a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/bb'],
  );
  contents.written(at('a/b/c'));
  const deep = await Promise.all(paths.map((path) => contents.input(path)));
  assert.deepEqual(
    paths.filter((_, index) => last[index] !== deep[index]),
    ['.', 'a', 'a/b', 'a/b/c', 'a/b/c/d'],
  );
});

test('a path with other places is looked at as a dependency of its own, each of them counts', async () => {
  const { looks, contents } = looking({
    linked: { link: ['real'] },
    behind: { folder: ['one', 'two'] },
  });
  await contents.get(at('link'));
  await contents.input(at('link'));
  assert.deepEqual(looks, ['output link', 'input link']);
  for (const place of ['one', 'two']) {
    const before = await contents.input(at('folder'));
    contents.written(at(place));
    assert.notEqual(await contents.input(at('folder')), before, place);
  }
});

test('what is known of a file from an earlier look holds until it is written; not where other places count', async () => {
  const known = { digest: 'known' as Digest, size: 1 };
  const forgotten = new Set<string>();
  const { looks, contents } = looking({
    linked: { link: ['real'] },
    earlier: {
      content: (path) => (path === 'never' || forgotten.has(path) ? undefined : known),
      forget: (path) => void forgotten.add(path),
    },
  });
  assert.equal(await contents.get(at('file')), known);
  assert.equal(await contents.input(at('file')), known);
  assert.equal(await contents.input(at('other')), known);
  assert.deepEqual(looks, []);
  contents.written(at('file'));
  await contents.input(at('file'));
  await contents.get(at('never'));
  await contents.get(at('link'));
  assert.deepEqual(looks, ['input file', 'output never', 'output link']);
  contents.written(at('link'));
  assert.deepEqual([...forgotten], ['file', 'link', 'real']);
});

test('an entry of an older DVC is compared with a look of its kind, and only with an equal one', async () => {
  const old = { digest: 'old' as Digest, size: 1, legacy: true as const };
  const now = { digest: 'now' as Digest, size: 1 };
  const contents = rememberContents({
    as: () => Promise.resolve({ content: now, plain: true, behind: [] }),
    asRecorded: () => Promise.resolve({ digest: old.digest, size: 1 }),
  });
  const { legacy: _, ...current } = old;
  for (const way of ['get', 'input'] as const) {
    const look = (recorded?: Content) => contents[way](at('d'), recorded);
    assert.equal((await look(old))?.digest, 'old');
    assert.equal((await look({ ...old, digest: 'other' as Digest }))?.digest, 'now');
    assert.equal((await look(current))?.digest, 'now');
    assert.equal((await look())?.digest, 'now');
  }
});

test('so does a write at another place of the path, and one behind a link of a dependency', async () => {
  const { contents } = looking({
    linked: { link: ['real'], 'in/link': ['real/x'] },
    behind: { folder: ['elsewhere/file'] },
  });
  const changes = async (write: string, path: string): Promise<boolean> => {
    const before = await contents.input(at(path));
    contents.written(at(write));
    return (await contents.input(at(path))) !== before;
  };
  assert.equal(await changes('link', 'real'), true, 'what is written by way of a link');
  assert.equal(await changes('real', 'link'), true, 'what is read by way of a link');
  assert.equal(await changes('elsewhere', 'folder'), true, 'what a link in it leads to');
  assert.equal(await changes('elsewhere/file', 'folder'), true);
  assert.equal(await changes('elsewhere/file/inner', 'folder'), true);
  assert.equal(await changes('elsewhere/other', 'folder'), false);
});

test('a stage that writes behind a link while it is looked at is seen by the next look', async () => {
  let contents: ReturnType<typeof looking>['contents'] | undefined;
  let writes = 1;
  const made = looking({
    behind: { folder: ['elsewhere'] },
    during: () => {
      if (writes > 0) contents!.written(at('elsewhere/new'));
      writes -= 1;
    },
  });
  ({ contents } = made);
  const first = await contents.input(at('folder'));
  assert.notEqual(await contents.input(at('folder')), first);
});

test('paths contain each other by whole names', () => {
  assert.deepEqual(
    (
      [
        ['d', 'd', true],
        ['d', 'd/x', true],
        ['.', 'd', true],
        ['d', 'dd', false],
        ['dd', 'd', false],
        ['d/x', 'd', false],
      ] as const
    ).filter(([outer, inner, expected]) => contains(at(outer), at(inner)) !== expected),
    [],
  );
  assert.deepEqual([overlap(at('d/x'), at('d')), overlap(at('d'), at('dd'))], [true, false]);
  const linked = { at: at('link'), linked: [at('real/d')] };
  assert.deepEqual([reads({ at: at('real') }, linked), reads(linked, { at: at('real/d/x') })], [true, true]);
  assert.equal(reads(linked, { at: at('real/dd') }), false);
});
