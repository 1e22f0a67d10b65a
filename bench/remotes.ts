// Push and pull of many small files and of one large file, beside the tools that people use for it. A store is a server on this machine
// and what each tool needs to know of it; another store is another entry of STORES.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inTurns, tableHead, tableRow, type Candidate, type Cost } from './measure.ts';
import { pipe } from './peers.ts';
import { startS3 } from './stores/s3.ts';
import { startSsh } from './stores/ssh.ts';
import type { Store } from './stores/store.ts';

const STORES: Readonly<Record<string, (home: string) => Promise<Store>>> = { s3: startS3, ssh: startSsh };

interface Load {
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
}

const LOADS: Readonly<Record<string, (quick: boolean) => Load>> = {
  many: (quick) => ({
    title: `${quick ? '1,000' : '10,000'} files of 4 KiB`,
    files: quick ? 1000 : 10_000,
    bytes: 4096,
  }),
  large: (quick) => ({
    title: quick ? 'a file of 100 MB' : 'a file of 1 GB',
    files: 1,
    bytes: quick ? 100e6 : 1e9,
  }),
};

/** The names of what can be measured alone. */
export const TABLES: readonly string[] = Object.keys(STORES).flatMap((store) =>
  Object.keys(LOADS).map((load) => `${store}-${load}`),
);

export interface RemotesOptions {
  readonly rounds: number;
  readonly quick: boolean;
  /** Of `TABLES`. */
  readonly tables: readonly string[];
}

/** @returns the lines of the tables, each when it is known. */
export async function* remotes(
  home: string,
  { rounds, quick, tables }: RemotesOptions,
): AsyncGenerator<string> {
  for (const name of tables) {
    const [kind = '', size = ''] = name.split('-');
    const folder = join(home, name);
    const store = await STORES[kind]!(folder);
    try {
      yield* measure(store, LOADS[size]!(quick), folder, rounds);
    } finally {
      store.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

const OURS = 'pipe';

function* measure(store: Store, load: Load, folder: string, rounds: number): Generator<string> {
  const data = join(folder, 'data');
  write(data, load);
  const own = makeOwn(folder, data, store);
  const repository = makeRepository(folder, data, store);
  const dvc = join(store.dvc, 'dvc');
  const command = (name: string, cwd: string, text: string, prepare: () => void): Candidate => ({
    name,
    cwd,
    command: text,
    env: store.env,
    memory: true,
    prepare,
  });
  const aside = asideInto(join(folder, 'aside'), load);
  const empty = (path: string) => (): void => {
    aside(path);
    mkdirSync(path);
  };
  const forget = (path: string) => (): void => aside(path);
  const clear = (): void => store.clear(aside);
  const every = Object.entries(store.copiers);
  const back = join(folder, 'back');
  const pushed = yield* rows(
    `${store.name}: push ${load.title}`,
    [
      command(OURS, own, `${pipe} push -q`, clear),
      command('pipe, in the DVC repository', repository, `${pipe} push -q`, clear),
      command('dvc', repository, `${dvc} push -q`, clear),
      ...every.map(([name, { there }]) => command(name, folder, there(data), clear)),
    ],
    rounds,
  );
  // What is not installed here was left out.
  const copiers = every.filter(([name]) => pushed.has(name));
  for (const [cwd, text] of [
    [own, `${pipe} push -q`],
    [repository, `${dvc} push -q`],
    ...copiers.map(([, { there }]) => [folder, there(data)] as const),
  ] as const)
    execFileSync('bash', ['-c', text], { cwd, env: { ...process.env, ...store.env }, stdio: 'ignore' });
  yield* rows(
    `${store.name}: fetch ${load.title}`,
    [
      command(OURS, own, `${pipe} fetch -q`, forget(join(own, 'cache/objects'))),
      command(
        'pipe, in the DVC repository',
        repository,
        `${pipe} fetch -q`,
        forget(join(repository, '.dvc/cache')),
      ),
      command('dvc', repository, `${dvc} fetch -q`, forget(join(repository, '.dvc/cache'))),
      ...copiers.map(([name, copier]) => command(name, folder, copier.back(back), empty(back))),
    ],
    rounds,
  );
}

/** @returns the names of those that could be measured. */
function* rows(
  title: string,
  candidates: readonly Candidate[],
  rounds: number,
): Generator<string, ReadonlySet<string>> {
  const costs = new Map<string, Cost>();
  yield tableHead(title, OURS);
  for (const [name, cost] of inTurns(candidates, rounds)) {
    costs.set(name, cost);
    yield tableRow(name, cost, costs.get(OURS));
  }
  yield '';
  return new Set(costs.keys());
}

/** ext4 is slow to make files soon after as many were removed, so they are only moved. @returns what takes a path away. */
function asideInto(folder: string, { files }: Load): (path: string) => void {
  let count = 0;
  mkdirSync(folder);
  return (path) => {
    if (files === 1) return rmSync(path, { recursive: true, force: true });
    try {
      renameSync(path, join(folder, String((count += 1))));
    } catch {
      // It does not exist yet.
    }
  };
}

function write(folder: string, { files, bytes }: Load): void {
  mkdirSync(folder);
  for (let index = 0; index < files; index += 1) {
    const path = join(folder, `file-${index}`);
    for (let left = bytes; left > 0; left -= 1 << 20)
      writeFileSync(path, randomBytes(Math.min(left, 1 << 20)), { flag: 'a' });
  }
}

/** A project of our own whose one stage made the data. */
function makeOwn(folder: string, data: string, { url, options, env }: Store): string {
  const own = join(folder, 'own');
  mkdirSync(own);
  const remote = JSON.stringify({ url: `${url}/own`, ...options });
  writeFileSync(
    join(own, 'pipeline.yaml'),
    `config: {remotes: {bench: ${remote}}}\nstages: {make: {cmd: 'cp -r ${data} data', outs: [data]}}\n`,
  );
  execFileSync('bash', ['-c', `${pipe} repro -q`], { cwd: own, env: { ...process.env, ...env } });
  return own;
}

function makeRepository(folder: string, data: string, store: Store): string {
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  const { url, options, env } = store;
  const dvc = join(store.dvc, 'dvc');
  const set = Object.entries(options).map(([key, value]) => `${dvc} remote modify bench ${key} ${value}`);
  const script = [
    'git init -q .',
    `${dvc} init -q`,
    `${dvc} remote add -q -d bench ${url}/dvc`,
    ...set,
    `cp -r ${data} data`,
    `${dvc} add -q data`,
  ].join(' && ');
  execFileSync('bash', ['-c', script], { cwd: repository, env: { ...process.env, ...env }, stdio: 'ignore' });
  return repository;
}
