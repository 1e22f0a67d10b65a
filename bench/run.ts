// All speed claims, each beside its peers: `npm run bench`. Prints Markdown tables and writes them to results/. What is
// measured stands in one file per claim. --quick leaves out what takes minutes; --rounds N; or names of claims.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { remotes } from './remotes.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { starting } from './starting.ts';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const home = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
let found: Peers | undefined;
/** Installed where a claim needs them. */
const peers = (): Peers => (found ??= findPeers(join(tmpdir(), 'pipe-bench-peers')));

const claims: Readonly<Record<string, () => string[] | Promise<string[]>>> = {
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
  remotes: () => remotes(home, values.quick ? 1 : Math.min(rounds, 3), values.quick),
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
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(claims)) {
    const claim = claims[name];
    if (!claim) throw new Error(`no such claim: ${name}; there are ${Object.keys(claims).join(', ')}`);
    for (const text of await claim()) {
      console.log(text);
      report.push(text);
      // What is measured stays, whatever comes after.
      write();
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

function write(): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${new Date().toISOString().slice(0, 10)}.md`), report.join('\n'));
}
