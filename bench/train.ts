// How fast the experiment trains, beside PyTorch in the same run: `npm run bench:train`. One thread, CPU time, in turns. Prints
// Markdown and writes it to results/. --rounds N, --steps N, or names of parts: steps, start, grid.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gridAgainstLoop } from './train/grid.ts';
import { firstStep } from './train/start.ts';
import { stepsAgainstPyTorch } from './train/steps.ts';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '40' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const home = mkdtempSync(join(tmpdir(), 'pipe-bench-train-'));

const parts: Readonly<Record<string, () => string | Promise<string>>> = {
  steps: () => stepsAgainstPyTorch(rounds, Number(values.steps)),
  start: () => firstStep(home, rounds),
  grid: () => gridAgainstLoop(home, Math.ceil(rounds / 3)),
};

const today = new Date().toISOString().slice(0, 10);
const report = [`# Training, measured ${today}`, '', machine(), ''];
console.log(report.join('\n'));
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const part = parts[name];
    if (!part) throw new Error(`no such part: ${name}; there are ${Object.keys(parts).join(', ')}`);
    const text = await part();
    console.log(text);
    report.push(text);
    // What is measured stays, whatever comes after.
    mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
    writeFileSync(join(import.meta.dirname, `results/train-${today}.md`), report.join('\n'));
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

function machine(): string {
  const [cpu] = cpus();
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0];
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${availableParallelism()} × ${cpu?.model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}, load ${load} at the start; medians of ${rounds}, taken in turns. Batches of 64; images per second of processor time, one thread.`;
}
