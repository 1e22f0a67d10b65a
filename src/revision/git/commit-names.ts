// What the usual names of commits mean: `main`, `v1.0`, `HEAD~2`, `origin/main^`, a whole id. Git is asked about the others.
import { join } from 'node:path';
import type { GitObject } from './git-object.ts';
import { textOf, type RepositoryFiles } from './repository-files.ts';
import type { StoredObjects } from './stored-objects.ts';

/** A commit; nothing, where no commit has this name; or git has to be asked. */
export type NamedCommit = GitObject | 'none' | 'ask-git';

const ID = /^[0-9a-f]{40}$/;
const STEPS = /(?:~\d*|\^\d*|\^\{commit\})*$/;
const PLAIN = /^(?!\/|.*(?:\.\.|\/\/|\.lock$|\/$))[\w./+@=,%#&-]+$/;
/** A part of an id, or what `git describe` prints. */
const ABBREVIATED = /^[0-9a-f]{4,40}$|-g[0-9a-f]{4,40}$/i;
const OF_WORK_TREE = /^(?!refs\/)|^refs\/(?:bisect|worktree|rewritten)\//;
const DEEPEST_LINK = 5;

/** @param name with `^{commit}` at its end. */
export function commitNamed(name: string, files: RepositoryFiles, objects: StoredObjects): NamedCommit {
  const steps = STEPS.exec(name)![0];
  const base = name.slice(0, name.length - steps.length) || '';
  const start = ID.test(base) ? base : referred(base, files);
  if (start === undefined) return isPlain(base) && !ABBREVIATED.test(base) ? 'none' : 'ask-git';
  let commit = commitIn(start, objects);
  for (const [step] of steps.matchAll(/~\d*|\^\{commit\}|\^\d*/g))
    commit = commit && walk(commit, step, objects);
  return commit ?? 'ask-git';
}

/** `@{…}`, as in `main@{yesterday}`, has no letter here. */
const isPlain = (base: string): boolean => PLAIN.test(base) && base !== 'FETCH_HEAD';

/** The object that a reference names, in the order in which git looks for one. */
function referred(base: string, files: RepositoryFiles): string | undefined {
  if (base === '@') return referred('HEAD', files);
  if (!isPlain(base)) return undefined;
  const places = [`refs/${base}`, `refs/tags/${base}`, `refs/heads/${base}`, `refs/remotes/${base}`];
  // Other files beside them are no references.
  if (/^refs\/|^[A-Z_]+$/.test(base)) places.unshift(base);
  for (const place of [...places, `refs/remotes/${base}/HEAD`]) {
    const found = readReference(place, files);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readReference(full: string, files: RepositoryFiles, depth = 0): string | undefined {
  const text = textOf(join(OF_WORK_TREE.test(full) ? files.own : files.common, full))?.trimEnd();
  if (text !== undefined && ID.test(text)) return text;
  const [, target] = /^ref: *(refs\/.+)$/.exec(text ?? '') ?? [];
  if (target !== undefined)
    return PLAIN.test(target) && depth < DEEPEST_LINK ? readReference(target, files, depth + 1) : undefined;
  return packedReference(full, files);
}

function packedReference(full: string, { common }: RepositoryFiles): string | undefined {
  const packed = textOf(join(common, 'packed-refs')) ?? '';
  const end = packed.indexOf(` ${full}\n`);
  const id = end < 0 ? '' : packed.slice(end - 40, end);
  return ID.test(id) ? id : undefined;
}

/** Tags are followed. */
function commitIn(id: string, objects: StoredObjects): GitObject | undefined {
  const object = objects.read(id);
  if (object?.type === 'commit') return object;
  const [, tagged] =
    object?.type === 'tag' ? (/^object ([0-9a-f]{40})\n/.exec(object.bytes.toString('latin1')) ?? []) : [];
  return tagged === undefined ? undefined : commitIn(tagged, objects);
}

function walk(from: GitObject, step: string, objects: StoredObjects): GitObject | undefined {
  const count = step.length === 1 ? 1 : Number(step.slice(1));
  if (Number.isNaN(count) || count === 0) return from;
  if (step.startsWith('^')) return parent(from, count, objects);
  let commit: GitObject | undefined = from;
  for (let steps = 0; steps < count && commit; steps += 1) commit = parent(commit, 1, objects);
  return commit;
}

function parent({ bytes }: GitObject, which: number, objects: StoredObjects): GitObject | undefined {
  const [head = ''] = bytes.toString('latin1').split('\n\n', 1);
  const ids = [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, id]) => id!);
  const id = ids[which - 1];
  return id === undefined ? undefined : commitIn(id, objects);
}
