// How well stages share the machine: CPU-bound ones on two cores, and unequal ones on a simulated clock against the best
// packing there can be.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSlots } from '../src/run/run.ts';
import { sideBySide, type Candidate } from './measure.ts';
import { node, pipe } from './peers.ts';

const STAGES = 16;
/** A fixed count of work, about a second's: long against what starting a stage costs, and against noise. */
const SPIN = 'let x = 0; for (let i = 0; i < 1.2e9; i += 1) x = (x + i) | 0;';

export async function packing(home: string, rounds: number): Promise<string[]> {
  const folder = join(home, 'packing');
  const candidate = (jobs: number): Candidate => ({
    name: `-j${jobs}`,
    command: `${pipe} repro -q -j${jobs}`,
    cwd: folder,
    prepare() {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const stage = (n: number): string =>
        `  s${n}:\n    cmd: node spin.js > ${n}.txt\n    deps: [spin.js]\n    outs: [${n}.txt]\n`;
      writeFileSync(join(folder, 'spin.js'), SPIN);
      writeFileSync(
        join(folder, 'pipeline.yaml'),
        `stages:\n${Array.from({ length: STAGES }, (_, n) => stage(n)).join('')}`,
      );
    },
  });
  // What the machine itself gives at this moment: the same program, two after another and two at once, with nobody between.
  const bare = (name: string, command: string): Candidate => ({ ...candidate(1), name, command });
  const costs = sideBySide(
    [
      candidate(1),
      candidate(2),
      bare('in turn', `${node} spin.js; ${node} spin.js; ${node} spin.js; ${node} spin.js`),
      bare('at once', `(${node} spin.js; ${node} spin.js) & ${node} spin.js; ${node} spin.js; wait`),
    ],
    rounds,
  );
  const [one, two] = [costs.get('-j1')!, costs.get('-j2')!];
  const ceiling = costs.get('in turn')!.wall / costs.get('at once')!.wall;
  const simulated = await simulate();
  return [
    [
      '| packing | measured | goal |',
      '|---|---:|---:|',
      `| ${STAGES} CPU-bound stages, -j1 ${one.wall.toFixed(2)} s, -j2 ${two.wall.toFixed(2)} s | ${(one.wall / two.wall).toFixed(2)} × | ≥ 1.9 × |`,
      `| the machine's own scaling of two such programs, in the same rounds | ${ceiling.toFixed(2)} × | the most there is |`,
      `| 90 unequal stages with known durations, worst of 200 draws, 2 to 16 at a time, over the best packing | ${((simulated - 1) * 100).toFixed(1)} % | ≤ 5 % |`,
      '',
    ].join('\n'),
  ];
}

/** @returns the worst ratio of the time taken to the least that any packing could take. */
async function simulate(): Promise<number> {
  let worst = 1;
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let draw = 0; draw < 200; draw += 1) {
    const jobs = 2 + (draw % 15);
    const durations = Array.from({ length: 90 }, () => 10 + 590 * random() ** 2);
    const bound = Math.max(
      Math.max(...durations),
      durations.reduce((sum, seconds) => sum + seconds, 0) / jobs,
    );
    worst = Math.max(worst, (await makespan(durations, jobs)) / bound);
  }
  return worst;
}

/** The scheduler's own slots, on a clock that jumps to whatever ends next. */
async function makespan(durations: readonly number[], jobs: number): Promise<number> {
  const slots = makeSlots({ jobs, cpus: jobs, memory: 1, gpus: [], pools: {} });
  const running: { readonly end: number; readonly release: () => void }[] = [];
  let now = 0;
  for (const seconds of durations)
    void slots
      .acquire({ pools: {} }, () => seconds)
      .then((slot) => running.push({ end: now + seconds, release: () => slot.release() }));
  await new Promise(setImmediate);
  while (running.length > 0) {
    running.sort((a, b) => b.end - a.end);
    const next = running.pop()!;
    now = next.end;
    next.release();
    await new Promise(setImmediate);
  }
  return now;
}
