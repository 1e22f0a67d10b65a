// All speed claims, each beside its peers; bench/run.ts starts it. Prints Markdown tables and writes them to results/. Each claim has
// a file of its own. --quick leaves out what takes minutes; --rounds N; or names of claims, or of tables of remotes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cold } from './cold.ts';
import { compare } from './compare.ts';
import { experiments } from './experiments.ts';
import { loading } from './loading.ts';
import { noOp } from './no-op.ts';
import { packing } from './packing.ts';
import { page } from './page.ts';
import { findPeers, type Peers } from './peers.ts';
import { remotes, TABLES } from './remotes.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { starting } from './starting.ts';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const home = process.env['PIPE_BENCH_HOME']!;
let found: Peers | undefined;
/** Installed where a claim needs them. */
const peers = (): Peers => (found ??= findPeers(join(tmpdir(), 'pipe-bench-peers')));

const tables = positionals.filter((name) => TABLES.includes(name));
const names = positionals.filter((name) => !tables.includes(name));
if (tables.length > 0 && !names.includes('remotes')) names.push('remotes');

type Texts = readonly string[] | Promise<readonly string[]> | AsyncIterable<string>;
const claims: Readonly<Record<string, () => Texts>> = {
  'no-op': () => noOp(home, peers(), rounds, !values.quick),
  cold: () => cold(home, peers(), rounds),
  starting: () => starting(home, peers(), rounds),
  loading: () => loading(home, peers(), rounds),
  scale: () => scale(home, Math.min(rounds, 3), values.quick),
  compare: () => compare(home, peers(), rounds),
  start: () => start(home, rounds),
  packing: () => packing(home, values.quick ? 1 : rounds),
  experiments: () => experiments(home, peers(), rounds),
  page: () => page(home, values.quick ? 1 : rounds),
  remotes: () =>
    remotes(home, {
      rounds: values.quick ? 1 : Math.min(rounds, 3),
      quick: values.quick,
      tables: tables.length > 0 ? tables : TABLES,
    }),
  hash: () => (values.quick ? [] : [hashing()]),
};

/** Hashing and the cache measure themselves. */
function hashing(): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'hash.ts'), String(rounds)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return status === 0 ? stdout : `bench/hash.ts ended with ${status}\n`;
}

function machine(): string {
  const [cpu] = cpus();
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0];
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${availableParallelism()} × ${cpu?.model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}, load ${load} at the start; medians of ${rounds}, taken in turns`;
}

const report = [`# Measured ${new Date().toISOString().slice(0, 10)}`, '', machine(), ''];
console.log(report.join('\n'));
for (const name of names.length > 0 ? names : Object.keys(claims)) {
  const claim = claims[name];
  if (!claim)
    throw new Error(
      `no such claim: ${name}; there are ${Object.keys(claims).join(', ')}, and of remotes ${TABLES.join(', ')}`,
    );
  for await (const text of await claim()) {
    console.log(text);
    report.push(text);
    // What is measured stays, whatever comes after.
    write();
  }
}

function write(): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${new Date().toISOString().slice(0, 10)}.md`), report.join('\n'));
}
