// Compares what is in a place with what the reference says.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lockAt } from '../projects/compare.ts';
import {
  contentOf,
  counted,
  isFile,
  objectsOf,
  put,
  sha256,
  type Node,
  type Part,
  type Tree,
} from '../projects/tree.ts';
import type { Lock } from './project.ts';
import type { Entry } from './reference.ts';

export function assertPart(found: Part | undefined, expected: Part | undefined, path: string): void {
  assert.deepEqual(found && contentOf(counted(found)), expected && contentOf(counted(expected)), path);
}

/** What of a part a cache does not have: where it has no file of it, all. @param sizes of its objects. */
export function unheldOf(part: Part, sizes: ReadonlyMap<string, number>): Part {
  if (isFile(part)) return part;
  const isHeld = (node: Node): boolean =>
    node.kind === 'file' && sizes.get(sha256(node.text)) === Buffer.byteLength(node.text);
  const nodes = [...counted(part)];
  if (!nodes.some(([, node]) => isHeld(node))) return part;
  return new Map(nodes.filter(([, node]) => node.kind !== 'folder' && !isHeld(node)));
}

export const recordedTree = (recorded: Lock): Tree =>
  [...recorded].reduce<Tree>((tree, [path, part]) => put(tree, path, part), new Map());

/** Of each file what was there, or what is recorded: nothing else is right where a command ended in the middle. */
export function adopted(after: Tree, before: Tree, recorded: Lock): Tree {
  const wanted = recordedTree(recorded);
  for (const path of new Set([...after.keys(), ...before.keys(), ...wanted.keys()])) {
    if (after.get(path)?.kind === 'folder') continue;
    const allowed = [before.get(path), wanted.get(path), undefined].map((node) => JSON.stringify(node));
    assert.ok(
      allowed.includes(JSON.stringify(after.get(path))),
      `${path} is neither as before nor as recorded`,
    );
  }
  return after;
}

/** Each file that no stage made is there still, or its bytes are kept. */
export function assertNothingLost(
  before: Tree,
  trees: readonly Tree[],
  kept: readonly Iterable<string>[],
): void {
  const there = new Set([...trees.flatMap(digestsIn), ...kept.flatMap((digests) => [...digests])]);
  for (const digest of digestsIn(before)) assert.ok(there.has(digest), 'what was edited by hand is lost');
}

const digestsIn = (tree: Tree): string[] =>
  [...tree.values()].flatMap((node) => (node.kind === 'file' ? objectsOf(new Map([['', node]])) : []));

export const filesIn = (tree: Tree): object => sorted([...tree].filter(([, { kind }]) => kind !== 'folder'));

/** By path, as the lock file has it. */
export function recordedAt(root: string): object {
  const { data, stages } = lockAt(join(root, 'pipeline.lock')) as {
    data: { path: string; from?: object }[];
    stages: Record<string, { outs: { path: string }[] }>;
  };
  const outs = [
    ...data.map(({ from: _from, ...rest }) => rest),
    ...Object.values(stages).flatMap((entry) => entry.outs),
  ];
  return sorted(outs.map(({ path, ...rest }) => [path, rest]));
}

export const lockedIn = (lock: ReadonlyMap<string, Entry>): object =>
  sorted(
    [...lock.values()].flatMap(({ outs }) =>
      [...outs].map(([path, part]): [string, object] => [path, { hash: 'sha256', ...contentOf(part) }]),
    ),
  );

export const sorted = (entries: readonly (readonly [string, unknown])[]): object =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What `diff --json` prints, by path; what was renamed is deleted and added. */
export function differencesIn(printed: string): object {
  const {
    added = [],
    deleted = [],
    modified = [],
    renamed = [],
  } = JSON.parse(printed) as Partial<Record<'added' | 'deleted' | 'modified', { path: string }[]>> & {
    renamed?: { path: { old: string; new: string } }[];
  };
  return sorted([
    ...added.map(({ path }) => [path, 'added'] as const),
    ...deleted.map(({ path }) => [path, 'deleted'] as const),
    ...modified.map(({ path }) => [path, 'modified'] as const),
    ...renamed.flatMap(({ path }) => [[path.old, 'deleted'] as const, [path.new, 'added'] as const]),
  ]);
}

/** Of each output and each file in one; links and empty folders are no files. */
export function differences(old: Lock, now: Lock): object {
  const [before, after] = [named(old), named(now)];
  return sorted(
    [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
      const [a, b] = [before.get(path), after.get(path)];
      return a === b
        ? []
        : [[path, a === undefined ? 'added' : b === undefined ? 'deleted' : 'modified'] as const];
    }),
  );
}

function named(lock: Lock): ReadonlyMap<string, string> {
  return new Map(
    [...lock].flatMap(([path, part]): [string, string][] =>
      [...part]
        .flatMap(([name, node]): [string, string][] =>
          node.kind !== 'file' ? [] : [[name ? `${path}/${name}` : path, node.text]],
        )
        .concat(part.has('') ? [] : [[`${path}/`, contentOf(part).sha256]]),
    ),
  );
}
