// Push and pull of many small files and of one large file, beside the tools that people use for it. A store is a server on this machine
// and what each tool needs to know of it; another store is another entry of STORES.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sideBySide, table, type Candidate } from './measure.ts';
import { pipe } from './peers.ts';
import { startS3 } from './stores/s3.ts';
import { startSsh } from './stores/ssh.ts';
import type { Store } from './stores/store.ts';

const STORES: readonly ((home: string) => Promise<Store>)[] = [startS3, startSsh];

interface Load {
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
}

const loads = (quick: boolean): readonly Load[] => [
  { title: `${quick ? '1,000' : '10,000'} files of 4 KiB`, files: quick ? 1000 : 10_000, bytes: 4096 },
  { title: quick ? 'a file of 100 MB' : 'a file of 1 GB', files: 1, bytes: quick ? 100e6 : 1e9 },
];

export async function remotes(home: string, rounds: number, quick: boolean): Promise<string[]> {
  const tables: string[] = [];
  for (const start of STORES) {
    for (const [index, load] of loads(quick).entries()) {
      const folder = join(home, `remotes-${index}`);
      const store = await start(folder);
      try {
        tables.push(...measure(store, load, folder, rounds));
      } finally {
        store.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return tables;
}

const OURS = 'pipe';

function measure(store: Store, load: Load, folder: string, rounds: number): string[] {
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
  const push = sideBySide(
    [
      command(OURS, own, `${pipe} push -q`, clear),
      command('pipe, in the DVC repository', repository, `${pipe} push -q`, clear),
      command('dvc', repository, `${dvc} push -q`, clear),
      ...every.map(([name, { there }]) => command(name, folder, there(data), clear)),
    ],
    rounds,
  );
  // What is not installed here was left out.
  const copiers = every.filter(([name]) => push.has(name));
  for (const [cwd, text] of [
    [own, `${pipe} push -q`],
    [repository, `${dvc} push -q`],
    ...copiers.map(([, { there }]) => [folder, there(data)] as const),
  ] as const)
    execFileSync('bash', ['-c', text], { cwd, env: { ...process.env, ...store.env }, stdio: 'ignore' });
  const fetch = sideBySide(
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
  return [
    table(`${store.name}: push ${load.title}`, push, OURS),
    table(`${store.name}: fetch ${load.title}`, fetch, OURS),
  ];
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
