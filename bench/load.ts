// Loading, resolving and graphing 1,000 stages, as `pipe stage list` does, beside `dvc stage list` on the same files.
// Usage: node bench/load.ts [rounds]. CPU seconds of the processes with their children, medians, both in the same round.
// `dvc` is measured where it is on the PATH, or where DVC says it is.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 7);
const dvc = process.env['DVC'] ?? 'dvc';
const pipe = join(import.meta.dirname, '../bin/pipe.js');
const COUNT = 1000;

const plain = (): string => {
  const stage = (i: number): string =>
    `  s${i}:\n    cmd: python x.py ${i} > out${i}\n    deps:\n    - x.py\n    - out${i - 1}\n    params:\n    - lr\n    outs:\n    - out${i}\n`;
  return `stages:\n${Array.from({ length: COUNT }, (_, i) => stage(i)).join('')}`;
};
const range = (count: number): string => `[${Array.from({ length: count }, (_, i) => i).join(', ')}]`;
const matrix = (): string =>
  `stages:\n  s:\n    matrix: {a: ${range(25)}, b: ${range(COUNT / 25)}}\n    cmd: python x.py \${item.a} \${item.b}\n    deps: [x.py]\n    params: [lr]\n    outs: ['o/\${key}']\n  all:\n    cmd: python y.py\n    deps: [o]\n    outs: [z]\n`;

/** CPU seconds of a command and its children. */
function cpu(command: string, cwd: string): number {
  const script = `${command} > /dev/null || exit 1; times`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  const [, children] = stdout.trim().split('\n');
  return [...children!.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const home = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
process.env['DVC_NO_ANALYTICS'] = '1';
process.env['DVC_SITE_CACHE_DIR'] = join(home, 'site');
const hasDvc = spawnSync(dvc, ['--version']).status === 0;
try {
  for (const [name, text] of [
    ['plain', plain()],
    ['matrix', matrix()],
  ] as const) {
    const folder = join(home, name);
    mkdirSync(join(folder, '.dvc'), { recursive: true });
    writeFileSync(join(folder, '.dvc/config'), '[core]\n    no_scm = true\n');
    writeFileSync(join(folder, 'dvc.yaml'), text);
    writeFileSync(join(folder, 'params.yaml'), 'lr: 0.1\n');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(cpu(`${process.execPath} ${pipe} stage list --json`, folder));
      if (hasDvc) theirs.push(cpu(`${dvc} stage list`, folder));
    }
    const peer = hasDvc
      ? `, dvc ${median(theirs).toFixed(3)} s (${(median(theirs) / median(ours)).toFixed(1)} times as much)`
      : '';
    console.log(`${COUNT} stages, ${name}: pipe ${median(ours).toFixed(3)} s of CPU${peer}`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
