// Push and pull of many small files and of one large file, beside the tools that people use for it. A store is a server on this machine
// and what each tool needs to be told of it; another store is another entry of STORES.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { dvcWithS3 } from '../test/real/dvc/twins.ts';
import { freePort, KEYS, versitygw } from '../test/real/remotes/s3-servers.ts';
import { sideBySide, table, type Candidate } from './measure.ts';
import { pipe } from './peers.ts';

/** A server with an empty store. */
interface Store {
  readonly name: string;
  /** Of the remote that `pipe` and DVC use, without what distinguishes the two. */
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of DVC's programs. */
  readonly dvc: string;
  /** The commands that copy a folder of this machine there, and back. */
  readonly copiers: Readonly<Record<string, Copier>>;
  /** Empties it. */
  readonly clear: () => void;
  readonly stop: () => void;
}

interface Copier {
  readonly there: (folder: string) => string;
  readonly back: (folder: string) => string;
}

const STORES: readonly ((home: string) => Promise<Store>)[] = [startS3];

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
    prepare,
  });
  const empty = (path: string) => (): void => {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  };
  const forget = (path: string) => (): void => rmSync(path, { recursive: true, force: true });
  const every = Object.entries(store.copiers);
  const back = join(folder, 'back');
  const push = sideBySide(
    [
      command(OURS, own, `${pipe} push -q`, store.clear),
      command('pipe, in the DVC repository', repository, `${pipe} push -q`, store.clear),
      command('dvc', repository, `${dvc} push -q`, store.clear),
      ...every.map(([name, { there }]) => command(name, folder, there(data), store.clear)),
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

async function startS3(home: string): Promise<Store> {
  const served = join(home, 'served');
  const bucket = join(served, 'bucket');
  mkdirSync(bucket, { recursive: true });
  writeFileSync(join(home, 'empty'), '');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const keys = { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY };
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', served];
  const server = spawn(versitygw(), args, { env: { ...process.env, ...keys }, stdio: 'ignore' });
  const rclone = `env -u AWS_CA_BUNDLE rclone --config /dev/null --s3-provider Other --s3-env-auth --s3-endpoint ${endpoint}`;
  const aws = `aws --endpoint-url ${endpoint} s3 cp --recursive --quiet`;
  await answers(endpoint);
  return {
    name: 'S3',
    url: 's3://bucket',
    options: { endpointurl: endpoint },
    env: { ...KEYS, AWS_CONFIG_FILE: join(home, 'empty'), DVC_NO_ANALYTICS: '1' },
    dvc: dvcWithS3(),
    copiers: {
      'rclone copy': {
        there: (folder) => `${rclone} copy ${folder} :s3:bucket/rclone`,
        back: (folder) => `${rclone} copy :s3:bucket/rclone ${folder}`,
      },
      'aws s3 cp': {
        there: (folder) => `${aws} ${folder} s3://bucket/aws`,
        back: (folder) => `${aws} s3://bucket/aws ${folder}`,
      },
    },
    clear() {
      for (const name of readdirSync(bucket)) rmSync(join(bucket, name), { recursive: true });
    },
    stop: () => void server.kill('SIGKILL'),
  };
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
