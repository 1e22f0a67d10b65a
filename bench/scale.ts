// Large projects: chains and fan-outs of 10 … 50,000 stages, whose results are recorded without running them. For each command the
// seconds at each size, the exponent between neighbouring sizes (1: linear), and the memory at the largest.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipe } from './peers.ts';

const SIZES = [10, 100, 1000, 10_000, 50_000];

interface Row {
  readonly name: string;
  readonly shape: 'chain' | 'fan';
  readonly args: string;
  /** The first input is another before each run. */
  readonly edited?: true;
}

const ROWS: readonly Row[] = [
  { name: 'repro, nothing changed', shape: 'fan', args: 'repro' },
  { name: 'status, nothing changed', shape: 'fan', args: 'status' },
  { name: 'stage list', shape: 'fan', args: 'stage list' },
  { name: 'status, the first input edited', shape: 'chain', args: 'status', edited: true },
  { name: 'why, of the last stage', shape: 'chain', args: 'why LAST', edited: true },
  { name: 'dag', shape: 'chain', args: 'dag' },
  { name: 'dag -o', shape: 'chain', args: 'dag -o' },
];

export function scale(home: string, rounds: number, quick: boolean): string[] {
  const sizes = quick ? SIZES.slice(0, -1) : SIZES;
  const table = [
    `| command | ${sizes.map((size) => `${size} stages, CPU s`).join(' | ')} | exponents | MB |`,
    `|---|${'---:|'.repeat(sizes.length)}---|---:|`,
  ];
  for (const row of ROWS) {
    const costs = sizes.map((size) => costOf(row, size, home, rounds));
    const exponents = costs
      .slice(1)
      .map(
        (cost, index) => Math.log(cost.cpu / costs[index]!.cpu) / Math.log(sizes[index + 1]! / sizes[index]!),
      );
    table.push(
      `| ${row.name} | ${costs.map(({ cpu }) => cpu.toFixed(2)).join(' | ')} | ${exponents.map((n) => n.toFixed(2)).join(', ')} | ${costs.at(-1)!.memory.toFixed(0)} |`,
    );
  }
  return [[...table, ''].join('\n')];
}

function costOf({ shape, args, edited }: Row, size: number, home: string, rounds: number): Measured {
  const folder = recorded(home, shape, size);
  const command = `${pipe} ${args.replace('LAST', `s${size - 1}`)}`;
  if (edited) writeFileSync(join(folder, 'in0'), 'another');
  const runs = Array.from({ length: rounds + 1 }, () => measured(command, folder)).slice(1);
  if (edited) writeFileSync(join(folder, 'in0'), '0');
  return runs.sort((a, b) => a.cpu - b.cpu)[runs.length >> 1]!;
}

const known = new Set<string>();

/** A project whose outputs are there and recorded, as a run would leave it. */
function recorded(home: string, shape: Row['shape'], size: number): string {
  const folder = join(home, `scale-${shape}-${size}`);
  if (known.has(folder)) return folder;
  known.add(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let text = 'stages:\n';
  for (let n = 0; n < size; n += 1) {
    const dep = shape === 'chain' && n > 0 ? `o${n - 1}` : `in${n}`;
    text += `  s${n}:\n    cmd: cat ${dep} > o${n}\n    deps:\n    - ${dep}\n    outs:\n    - o${n}\n`;
    if (dep.startsWith('in')) writeFileSync(join(folder, dep), String(n));
    writeFileSync(join(folder, `o${n}`), String(shape === 'chain' ? 0 : n));
  }
  writeFileSync(join(folder, 'pipeline.yaml'), text);
  const [node, program] = pipe.split(' ') as [string, string];
  for (const args of [
    ['commit', '-f', '-q'],
    ['repro', '-q'],
  ])
    execFileSync(node, [program, ...args], { cwd: folder, stdio: 'ignore' });
  return folder;
}

interface Measured {
  readonly cpu: number;
  /** The largest resident set, 10^6 bytes. */
  readonly memory: number;
}

function measured(command: string, cwd: string): Measured {
  const { stderr, status } = spawnSync(
    '/usr/bin/time',
    ['-f', '@%U %S %M', 'sh', '-c', `${command} >/dev/null 2>&1`],
    {
      cwd,
      encoding: 'utf8',
    },
  );
  const found = /@([\d.]+) ([\d.]+) (\d+)/.exec(stderr);
  if (status !== 0 || !found) throw new Error(`\`${command}\` ended with ${status}: ${stderr}`);
  return { cpu: Number(found[1]) + Number(found[2]), memory: (Number(found[3]) * 1024) / 1e6 };
}
