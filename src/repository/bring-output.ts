// Brings a recorded output of another repository, or a part of it, to a new path: from its cache or remotes, else from where that
// repository imported it.
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { WorkspacePath } from '../base/workspace-path.ts';
import { isDirectory, type Content } from '../hash/digest.ts';
import type { ManifestEntry } from '../hash/tree.ts';
import type { RecordedOutput } from '../revision/project-at.ts';
import type { ForeignStore } from './foreign-store.ts';
import { bringEntries, bringObjects, sized, type BringOptions } from './object-places.ts';
import type { Repository } from './open-repository.ts';
import { lacks } from './path-in.ts';

/** One command that brings from a repository. */
export interface Bringing {
  readonly repository: Repository;
  readonly store: ForeignStore;
  readonly options: BringOptions;
  /** Brings an output from where the repository imported it. @returns whether it was imported. */
  readonly fromOrigin: (output: RecordedOutput, target: string) => Promise<boolean>;
}

/** @param at of the output, or inside of it. @param target absolute, nothing is there. */
export async function bringOutput(
  output: RecordedOutput,
  at: WorkspacePath,
  target: string,
  bringing: Bringing,
): Promise<void> {
  if (at !== output.out.at) return bringPart(output, at, target, bringing);
  const { repository, store, options } = bringing;
  const { content, out } = output;
  if (
    isObject(content, output, store) &&
    (await bringObjects([content], out.remote, repository, store, options))
  )
    return restore(content, target, output, store, options);
  if (await bringing.fromOrigin(output, target)) return undefined;
  throw unavailable(output, repository);
}

const isObject = ({ digest }: Content, { cloud }: RecordedOutput, { layout }: ForeignStore): boolean =>
  !cloud && layout.content.digest.test(digest);

async function restore(
  content: Content,
  target: string,
  output: RecordedOutput,
  foreign: ForeignStore,
  { modes }: BringOptions,
): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const { isexec, ...plain } = sized(content, foreign) ?? content;
  const restored = await foreign.store.restore({ ...plain, ...(modes && isexec && { isexec }) }, target);
  if (restored !== 'restored')
    throw new PipeError({
      code: 'repository-lacks',
      title: `the data of '${output.out.at}' is damaged in the cache`,
      hint: 'run the command again: it is fetched again',
    });
}

async function bringPart(
  output: RecordedOutput,
  at: WorkspacePath,
  target: string,
  bringing: Bringing,
): Promise<void> {
  const { repository, store, options } = bringing;
  const { content, out } = output;
  const part = posix.relative(out.at, at);
  if (!isDirectory(content.digest)) throw lacks(repository, at);
  const entries = isObject(content, output, store)
    ? await bringEntries(content, out.remote, repository, store, options)
    : undefined;
  if (!entries) return bringPartOfOrigin(output, part, target, bringing);
  const inside = entries.filter(({ path }) => path === part || path.startsWith(`${part}/`));
  if (inside.length === 0) throw lacks(repository, at);
  const contents = inside.flatMap((entry) => (entry.kind === 'file' ? [contentOf(entry, content)] : []));
  if (!(await bringObjects(contents, out.remote, repository, store, options)))
    throw unavailable(output, repository);
  for (const entry of inside) {
    const to = entry.path === part ? target : join(target, posix.relative(part, entry.path));
    if (entry.kind === 'file') await restore(contentOf(entry, content), to, output, store, options);
    else if (entry.kind === 'directory') mkdirSync(to, { recursive: true });
    else if (options.modes) {
      mkdirSync(dirname(to), { recursive: true });
      symlinkSync(entry.target, to);
    }
  }
}

const contentOf = (
  { digest, size, isexec }: Extract<ManifestEntry, { kind: 'file' }>,
  { legacy }: Content,
): Content => ({
  digest,
  size: size ?? 0,
  ...(isexec && { isexec }),
  ...(legacy && { legacy }),
});

/** The whole is brought beside, and the part taken from it. */
async function bringPartOfOrigin(
  output: RecordedOutput,
  part: string,
  target: string,
  { repository, fromOrigin }: Bringing,
): Promise<void> {
  const whole = `${target}.whole`;
  try {
    if (!(await fromOrigin(output, whole))) throw unavailable(output, repository);
    if (!existsSync(join(whole, part))) throw lacks(repository, `${output.out.at}/${part}`);
    cpSync(join(whole, part), target, { recursive: true });
  } finally {
    rmSync(whole, { recursive: true, force: true });
  }
}

export function unavailable({ out, stage, cloud }: RecordedOutput, { url, remotes }: Repository): PipeError {
  return new PipeError({
    code: 'repository-lacks',
    title: cloud
      ? `'${out.at}' of ${url} is recorded as a version in cloud storage, which is not read here`
      : `the data of '${out.at}' cannot be had: ${url} has it neither in a cache of this machine nor on a remote`,
    facts: [
      ['declared by', stage.file],
      ['remotes', [...(remotes?.remotes.keys() ?? [])].join(', ') || 'none'],
    ],
    hint: cloud ? 'fetch it with DVC (`dvc get`)' : 'it must be pushed from where it is (`pipe push` there)',
  });
}
