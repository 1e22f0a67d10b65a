// Every stage runs: the price of a stage beyond its command. In memory where the machine has such a folder, so that the
// disk's flush time is left out, and on the disk beside it.
import { execSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFanOut, type Kind } from './fan-out.ts';
import { memoryFolder, sideBySide, type Candidate, type Cost } from './measure.ts';
import { node, type Peers } from './peers.ts';

export function cold(home: string, peers: Peers, rounds: number): string[] {
  const memory = memoryFolder();
  const rows: string[] = [];
  try {
    for (const [where, folder] of [
      ['without flush', memory],
      ['on disk', home],
    ] as const) {
      if (folder === undefined) continue;
      for (const count of [100, 500, 1000]) {
        const kinds: readonly Kind[] =
          count === 100 && folder === home
            ? ['pipe', 'ninja', 'n2', 'make', 'dvc']
            : ['pipe', 'ninja', 'n2', 'make'];
        const costs = sideBySide(
          [
            { name: 'start', command: `${node} -e 0`, cwd: home },
            ...kinds.flatMap((kind) => candidate(join(folder, `cold-${kind}`), count, kind, peers)),
          ],
          rounds,
        );
        const start = costs.get('start')!;
        for (const kind of kinds) {
          const cost = costs.get(kind);
          if (cost) rows.push(`| ${count} stages, ${where} | ${kind} | ${perStage(cost, start, count)} |`);
        }
      }
    }
  } finally {
    if (memory) rmSync(memory, { recursive: true, force: true });
  }
  return [
    [
      '| cold, -j2 (DVC: one by one) | tool | CPU ms per stage | wall ms per stage |',
      '|---|---|---:|---:|',
      ...rows,
      '',
    ].join('\n'),
  ];
}

function candidate(folder: string, count: number, kind: Kind, peers: Peers): Candidate[] {
  const peer = peers[kind];
  if (!peer) return [];
  const current = join(folder, `project-${count}`);
  let round = 0;
  return [
    {
      name: kind,
      command: peer.run,
      cwd: current,
      // Every tool starts the same shell: ours and DVC take the user's, make and ninja always this one.
      env: { SHELL: '/bin/sh' },
      prepare() {
        // Kept until all has been measured: ext4 searches long for a new file where many were removed a moment ago.
        if (existsSync(current)) renameSync(current, `${current}-before-${(round += 1)}`);
        makeFanOut(current, count, kind);
        if (peer.init !== undefined) execSync(peer.init, { cwd: current, stdio: 'ignore' });
      },
    },
  ];
}

/** Without the start of the program. */
function perStage(cost: Cost, start: Cost, count: number): string {
  return (['cpu', 'wall'] as const)
    .map((key) => (((cost[key] - start[key]) * 1000) / count).toFixed(2))
    .join(' | ');
}
