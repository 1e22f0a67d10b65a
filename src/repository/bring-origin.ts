// Brings data that another repository imported itself and that its remotes do not have: from where it was imported, at the version that
// it recorded. What comes must have the recorded digest.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PipeError } from '../base/problem.ts';
import type { Origin, Stage } from '../pipeline/stage.ts';
import type { RecordedOutput } from '../revision/project-at.ts';
import { openSource } from '../source/open-source.ts';
import type { Bringing } from './bring-output.ts';
import { openForeignStore, type ForeignStore } from './foreign-store.ts';
import type { BringOptions } from './object-places.ts';
import { openRepository, type Repository } from './open-repository.ts';

/** Brings a path of another repository. */
export type BringPath = (
  repository: Repository,
  path: string,
  target: string,
  store: ForeignStore,
  options: BringOptions,
) => Promise<void>;

/** More are a circle. */
const MOST_STEPS = 16;
let steps = 0;

/** @returns whether the output was imported. @throws PipeError where its origin has other data now, or cannot be read. */
export async function bringOrigin(
  output: RecordedOutput,
  target: string,
  bringing: Bringing,
  bringPath: BringPath,
): Promise<boolean> {
  const { repository, store } = bringing;
  const { stage, content } = output;
  const { origin } = stage;
  if (!origin) return false;
  if (steps >= MOST_STEPS) throw tooLong(output);
  steps += 1;
  try {
    if (origin.kind === 'repository') await bringFromRepository(stage, origin, target, bringing, bringPath);
    else await bringFromUrl(origin, target, bringing);
  } finally {
    steps -= 1;
  }
  const came = await store.hasher.look(target);
  if (came?.digest === content.digest) return true;
  rmSync(target, { recursive: true, force: true });
  throw new PipeError({
    code: 'repository-lacks',
    title: `${repository.url} imported '${output.out.at}' from a place that has other data now`,
    hint: 'its owners must push the data, or update the import there',
  });
}

type OriginOf<Kind> = Extract<Origin, { readonly kind: Kind }>;

async function bringFromRepository(
  stage: Stage,
  origin: OriginOf<'repository'>,
  target: string,
  { repository: { bases, revision }, store, options }: Bringing,
  bringPath: BringPath,
): Promise<void> {
  const other = await openRepository({
    url: origin.url,
    // A repository of a server names no folders of this machine.
    bases: bases.flatMap((base) => [join(base, dirname(stage.file)), base]),
    rev: revision.entry(stage)?.origin?.rev ?? origin.rev,
    committed: true,
    path: origin.path,
    onWait: options.onWait,
  });
  const passing = storeFor(other, store, target);
  try {
    await bringPath(other, origin.path, target, passing, { ...options, remote: origin.remote });
  } finally {
    if (passing !== store) passing.close();
    other.close();
  }
}

/** A project of our own and a repository of DVC hash differently: then the objects of the other one pass through a store beside the target. */
function storeFor({ revision: { dialect } }: Repository, store: ForeignStore, target: string): ForeignStore {
  if (dialect.layout === store.layout) return store;
  const folder = `${target}.objects`;
  return openForeignStore(dialect, { dir: folder, scratch: folder, root: dirname(target), temporary: true });
}

async function bringFromUrl(
  origin: OriginOf<'url'>,
  target: string,
  { repository: { bases, revision, remotes, url }, store: { layout }, options }: Bringing,
): Promise<void> {
  if (bases.length === 0 && !/^(?:https?|s3|ssh|remote):\/\//i.test(origin.at))
    throw new PipeError({
      code: 'repository-lacks',
      title: `${url} imported data from '${origin.url}', a path of another machine`,
      hint: 'its owners must push the data',
    });
  const source = await openSource(origin.at, origin.url, {
    root: revision.project.root,
    rules: layout.content,
    remotes,
    env: {},
  });
  await source.download(target, options);
}

const tooLong = ({ out }: RecordedOutput): PipeError =>
  new PipeError({
    code: 'repository-lacks',
    title: `'${out.at}' was imported by more than ${MOST_STEPS} repositories one from the other`,
    hint: 'import it from where it is made',
  });
