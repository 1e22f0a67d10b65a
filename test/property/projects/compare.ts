// Compares what a command left with what the reference says: every file, every entry of the lock files, what ran.
import assert from 'node:assert/strict';
import { existsSync, globSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, type Value } from '../../../src/base/base.ts';
import { readYaml } from '../../../src/yaml/yaml.ts';
import { filesOf } from './declare.ts';
import { treeAt } from './disk.ts';
import type { World } from './project.ts';
import type { Entry, Outcome, Reference } from './reference.ts';
import { contentOf, counted, partAt, sha256, type Tree } from './tree.ts';

export function assertFiles(root: string, world: World): void {
  const there = treeAt(root, filesOf(world));
  assert.deepEqual(filesIn(there), filesIn(world.tree));
}

/** Empty folders count in outputs and dependencies only, where digests show them. */
const filesIn = (tree: Tree): object =>
  Object.fromEntries(
    [...tree].filter(([, { kind }]) => kind !== 'folder').toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Outputs with their empty folders. */
export function assertOutputs(root: string, world: World, lock: ReadonlyMap<string, Entry>): void {
  const there = treeAt(root, filesOf(world));
  for (const { outs } of lock.values())
    for (const { at } of outs) {
      const [expected, found] = [partAt(world.tree, at), partAt(there, at)];
      assert.deepEqual(found && contentOf(counted(found)), expected && contentOf(counted(expected)), at);
    }
}

const BY_HAND = /^(?:edited|more) by hand \d\n$/;

/** What people wrote at outputs. */
export const writtenByHand = (tree: Tree): string[] =>
  [...tree.values()].flatMap((node) => (node.kind === 'file' && BY_HAND.test(node.text) ? [node.text] : []));

/** It is in the cache or was saved where a command replaced it. @param committed texts that count as made by a stage. */
export function assertKept(root: string, before: Tree, after: Tree, committed: ReadonlySet<string>): void {
  for (const [path, node] of before) {
    if (node.kind !== 'file' || !BY_HAND.test(node.text) || committed.has(node.text)) continue;
    const now = partAt(after, path)?.get('');
    if (now?.kind === 'file' && now.text.includes(node.text)) continue;
    const saved = globSync('cache/saved/*/content{,/**}', { cwd: root })
      .map((at) => join(root, at))
      .filter((at) => lstatSync(at).isFile());
    const kept = join(root, 'cache/objects/sha256', sha256(node.text).replace(/^../, '$&/'));
    assert.ok(
      [kept, ...saved].some((at) => existsSync(at) && readFileSync(at, 'utf8') === node.text),
      `${path} is lost: ${node.text}`,
    );
  }
}

/** Every object has the bytes of its name, and none is missing. */
export function assertObjects(root: string, expected: ReadonlySet<string>): void {
  const folder = join(root, 'cache/objects/sha256');
  const digests = globSync('*/*', { cwd: folder })
    .filter((at) => !at.endsWith('.tmp'))
    .map((at) => {
      const digest = at.replace('/', '');
      assert.equal(sha256(readFileSync(join(folder, at), 'utf8')), digest.replace('.dir', ''));
      return digest;
    });
  assert.deepEqual(
    [...expected].filter((digest) => !digests.includes(digest)),
    [],
    'objects that the cache lacks',
  );
}

/** Each entry, with digests that were computed from the files in memory. */
export function assertLocks(root: string, { lock, overlay }: Pick<Reference, 'lock' | 'overlay'>): void {
  for (const home of ['.', 'sub']) {
    const expected = [...lock.values()].filter(({ stage }) => stage.home === home);
    const recorded = lockAt(join(root, home, 'pipeline.lock'));
    assert.deepEqual(recorded, {
      ...(home === '.' && overlay.length > 0 && { overlay: { set: overlay } }),
      data: expected.filter(({ stage }) => stage.isData).map(dataText),
      stages: Object.fromEntries(
        expected.filter(({ stage }) => !stage.isData).map((entry) => [entry.stage.name, entryText(entry)]),
      ),
    });
  }
}

const dataText = ({ outs }: Entry): object => ({
  path: outs[0]!.path,
  hash: 'sha256',
  ...contentOf(outs[0]!.part),
});

function entryText({ stage, deps, outs }: Entry): object {
  const paths = (items: readonly { readonly path: string }[]): object[] =>
    items.map(({ path, ...rest }) => ({ path, hash: 'sha256', ...rest }));
  const folder = stage.wdir;
  const relative = (at: string): string => pathFrom(stage, at);
  return {
    cmd: stage.cmd,
    ...(folder !== '.' && { wdir: folder }),
    ...(Object.keys(stage.env).length > 0 && { env: stage.env }),
    ...(deps.length > 0 && { deps: paths(deps) }),
    ...(stage.params.length > 0 && {
      params: Object.fromEntries(stage.params.map(({ path, values }) => [path, values])),
    }),
    outs: paths(outs.map(({ at, part }) => ({ path: relative(at), ...contentOf(part) }))),
  };
}

/** `up/` as often as the folder is deep. */
function pathFrom({ home, wdir }: Entry['stage'], at: string): string {
  const up = [home, wdir].filter((name) => name !== '.').map(() => '..');
  // An output is never in the folder that its stage runs in.
  return [...up, at].join('/');
}

export function lockAt(path: string): object {
  const empty = { data: [], stages: {} };
  if (!existsSync(path)) return empty;
  const { schema: _schema, ...rest } = plain(readYaml(readFileSync(path, 'utf8'), 'lock').value) as Record<
    string,
    object
  >;
  return { ...empty, ...rest };
}

/** Sizes are numbers; integers among parameters stay bigint. */
function plain(value: Value, key = ''): unknown {
  if (isMap(value))
    return Object.fromEntries([...value].map(([name, inner]) => [String(name), plain(inner, String(name))]));
  if (Array.isArray(value)) return value.map((item) => plain(item as Value));
  return typeof value === 'bigint' && (key === 'size' || key === 'nfiles') ? Number(value) : value;
}

/** What the events of a run say happened to each stage. @param isExact else only whether it came to its outputs counts. */
export function assertOutcomes(
  printed: string,
  expected: ReadonlyMap<string, Outcome>,
  isExact: boolean,
): void {
  const found = new Map<string, string>();
  for (const line of printed.split('\n').filter(Boolean)) {
    const { type, stage } = JSON.parse(line) as { type: string; stage?: string };
    if (stage !== undefined && ['fresh', 'restored', 'ran', 'failed', 'skipped'].includes(type))
      found.set(stage, type);
  }
  const sorted = (map: ReadonlyMap<string, string>): object =>
    Object.fromEntries(
      [...map]
        .map(([stage, outcome]) => [stage, isExact || !DONE.has(outcome) ? outcome : 'done'] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  assert.deepEqual(sorted(found), sorted(expected));
}

const DONE: ReadonlySet<string> = new Set(['fresh', 'restored', 'ran']);

/** `status` knows of every stage what a run does about it, unless that depends on what others write. */
export function assertStatus(printed: string, expected: ReadonlyMap<string, Outcome>): void {
  const { stages } = JSON.parse(printed) as { stages: { name: string; decision: string }[] };
  for (const { name, decision } of stages) {
    const outcome = expected.get(name);
    if (outcome === undefined || decision === 'blocked') continue;
    const meant = {
      run: ['ran', 'failed', 'skipped'],
      restore: ['restored', 'skipped'],
      fresh: ['fresh', 'skipped'],
      frozen: ['fresh', 'restored', 'failed', 'skipped'],
    }[decision];
    assert.ok(meant?.includes(outcome), `status says '${decision}' of '${name}', which is then ${outcome}`);
    assert.ok(decision === 'blocked' || outcome !== 'ran' || decision === 'run', name);
  }
}
