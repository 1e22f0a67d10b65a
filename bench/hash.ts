// Hashing and the cache against their goals: each piece of work in a process of its own, the peer beside it in the same
// round, medians. Usage: node bench/hash.ts [rounds] [folder]; about 5 GB of disk and 3 minutes at the default 5 rounds.
// `dvc` is measured too where it is on the PATH, or where DVC says it is.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const rounds = Number(process.argv[2] ?? 5);
const home = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'pipe-bench-'));
const built = join(home, 'built');
/** As the command is run. */
const flags = join(import.meta.dirname, '../bin/engine-flags.js');
const dvc = `DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR=${join(home, 'site')} ${process.env['DVC'] ?? 'dvc'}`;
const hasDvc = spawnSync(process.env['DVC'] ?? 'dvc', ['--version']).status === 0;

/** CPU and wall seconds, and the most memory in MB. */
interface Cost {
  readonly cpu: number;
  readonly seconds: number;
  readonly megabytes: number;
}

interface Row {
  readonly work: string;
  readonly goal: string;
  readonly peer: string;
  readonly ours: Cost[];
  readonly theirs: Cost[];
}

/** Runs a command; the shell tells what its children used. */
function peer(command: string, cwd: string): Cost {
  const script = `s=$(date +%s.%N); { ${command}; } >/dev/null 2>&1 || exit 1; e=$(date +%s.%N); times; echo "$s $e"`;
  const { stdout, status } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed`);
  const [, children, clock] = stdout.trim().split('\n');
  const cpu = [...children!.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
  const [start, end] = clock!.split(' ').map(Number);
  return { cpu, seconds: end! - start!, megabytes: 0 };
}

function ours(work: string, root: string, name: string): Cost {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', flags, join(built, 'work.js'), work, root, name],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Cost;
}

function makeFiles(root: string, count: number, size: number): void {
  for (let index = 0; index < count; index += 1) {
    const folder = join(root, 'data', String(index % 100));
    if (index < 100) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${index}`), `${index}\n`.padEnd(size, '.'));
  }
}

/** Whoever comes second finds the machine as the first left it: memory given back, the disk busy. */
function inTurn(round: number, a: () => void, b: () => void): void {
  for (const work of round % 2 === 0 ? [a, b] : [b, a]) {
    spawnSync('sync');
    work();
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function tableRow({ work, goal, peer, ours, theirs }: Row): string {
  const of = (list: readonly Cost[], key: keyof Cost): string =>
    median(list.map((cost) => cost[key])).toFixed(key === 'megabytes' ? 0 : 2);
  const ratio = (key: 'cpu' | 'seconds'): string =>
    (median(ours.map((cost) => cost[key])) / median(theirs.map((cost) => cost[key]))).toFixed(2);
  return `| ${work} | ${of(ours, 'cpu')} | ${of(ours, 'seconds')} | ${of(ours, 'megabytes')} | ${peer} | ${of(theirs, 'cpu')} | ${of(theirs, 'seconds')} | ${ratio('cpu')} / ${ratio('seconds')} | ${goal} |`;
}

try {
  await build({
    entryPoints: { work: 'bench/hash-work.ts', 'file-worker': 'src/hash/file-worker.ts' },
    absWorkingDir: join(import.meta.dirname, '..'),
    outdir: built,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['ignore'],
  });
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');

  const store: Row = {
    work: 'first hash + store, 10,000 × 4 KiB',
    goal: '≤ 0.98 CPU-s',
    peer: 'sha256sum + cp -r',
    ours: [],
    theirs: [],
  };
  const restore: Row = {
    work: 'restore of these 10,000 files',
    goal: '≤ 1.0 CPU-s',
    peer: 'cp -r + sha256sum',
    ours: [],
    theirs: [],
  };
  const dvcAdd: Row = { ...store, goal: '≤ 0.2 × CPU', peer: 'dvc add', theirs: [] };
  const dvcCheckout: Row = { ...restore, goal: '≤ 0.25 × CPU', peer: 'dvc checkout', theirs: [] };
  for (let round = 0; round < rounds; round += 1) {
    // A fresh folder each time: ext4 is slow to make files soon after as many were removed.
    const root = join(home, `small-${round}`);
    makeFiles(root, 10_000, 4096);
    inTurn(
      round,
      () => store.theirs.push(peer('find data -type f -print0 | xargs -0 sha256sum; cp -r data copy', root)),
      () => store.ours.push(ours('store', root, 'data')),
    );
    inTurn(
      round,
      () =>
        restore.theirs.push(peer('cp -r data copy2; find copy2 -type f -print0 | xargs -0 sha256sum', root)),
      () => restore.ours.push(ours('restore', root, 'data')),
    );
    if (!hasDvc) continue;
    makeFiles(join(root, 'dvc'), 10_000, 4096);
    peer(`${dvc} init --no-scm -q`, join(root, 'dvc'));
    dvcAdd.theirs.push(peer(`${dvc} add -q data`, join(root, 'dvc')));
    // Moved, not removed: see above.
    peer('mv data moved', join(root, 'dvc'));
    dvcCheckout.theirs.push(peer(`${dvc} checkout -q`, join(root, 'dvc')));
  }

  const look: Row = {
    work: 'warm look at a folder of 100,000 files',
    goal: '≤ 0.5 CPU-s, ≤ 200 MB',
    peer: 'find -printf',
    ours: [],
    theirs: [],
  };
  const many = join(home, 'many');
  makeFiles(many, 100_000, 100);
  // Twice: files made in the last moments are not trusted yet.
  const cold = ours('look', many, 'data');
  ours('look', many, 'data');
  for (let round = 0; round < rounds; round += 1) {
    look.theirs.push(peer("find data -printf '%p %i %s %T@ %C@\\n'", many));
    look.ours.push(ours('look', many, 'data'));
  }

  const large: Row = {
    work: 'first hash + store of one 2 GB file',
    goal: 'wall ≤ 1.25 × openssl + cp',
    peer: 'openssl dgst; cp; sync',
    ours: [],
    theirs: [],
  };
  const big = join(home, 'big');
  mkdirSync(big);
  peer('head -c 2000000000 /dev/urandom > data; sync', big);
  const clear = (): void => {
    for (const name of ['cache', 'copy']) rmSync(join(big, name), { recursive: true, force: true });
  };
  for (let round = 0; round < rounds; round += 1) {
    inTurn(
      round,
      () => {
        clear();
        large.theirs.push(peer('openssl dgst -sha256 data; cp data copy; sync -f copy', big));
      },
      () => {
        clear();
        large.ours.push(ours('store', big, 'data'));
      },
    );
  }

  process.stdout.write(
    [
      `Node ${process.version}, medians of ${rounds}; CPU and wall in seconds; ours with start-up, flush and state file.`,
      `The first look at the 100,000 files took ${cold.cpu.toFixed(2)} CPU-s and ${cold.megabytes.toFixed(0)} MB.`,
      '',
      '| work | CPU | wall | MB | peer | CPU | wall | ratio CPU / wall | goal |',
      '|---|---|---|---|---|---|---|---|---|',
      ...[store, restore, ...(hasDvc ? [dvcAdd, dvcCheckout] : []), look, large].map(tableRow),
      '',
    ].join('\n'),
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
