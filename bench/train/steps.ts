// The training step: our backends and PyTorch on the same model, process by process in turns.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { venv } from '../../test/real/python.ts';
import { availableBackends } from '@pipe-engine/tensorflow/available';
import { median } from '../measure.ts';

/** What a program of this folder prints. */
interface Measured {
  readonly images_per_cpu_second: number;
  readonly images_per_second: number;
  readonly megabytes: number;
}

interface Candidate {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** For the C library's allocator: arrays that are freed stay with the process, in place of going back to the system at every step. */
const KEEP_MEMORY = { MALLOC_MMAP_THRESHOLD_: '1000000000', MALLOC_TRIM_THRESHOLD_: '4000000000' };

export async function stepsAgainstPyTorch(rounds: number, steps: number): Promise<string> {
  const python = join(venv('torch', ['torch', 'numpy', 'safetensors']), 'python');
  const { offers } = await availableBackends();
  const backends = offers
    .filter(({ name, loadable }) => loadable && (name === 'tfjs-node' || name === 'wasm'))
    .map(({ name }) => name);
  const tables: string[] = [];
  for (const model of ['cdae', 'unet']) {
    const peer = (precision: string, kept: boolean): Candidate => ({
      name: `PyTorch ${precision}, channels_last${kept ? ', memory kept' : ''}`,
      program: python,
      args: [join(import.meta.dirname, 'peer.py'), model, String(steps), precision],
      ...(kept && { env: KEEP_MEMORY }),
    });
    const own = backends.map((name): Candidate => ({
      name,
      program: process.execPath,
      // WASM is slower: fewer steps say as much.
      args: [
        join(import.meta.dirname, 'step.ts'),
        name,
        model,
        String(name === 'wasm' ? Math.ceil(steps / 3) : steps),
      ],
    }));
    const found = inTurns([peer('fp32', false), peer('fp32', true), ...own, peer('bf16', true)], rounds);
    tables.push(tableOf(model, found));
  }
  return tables.join('\n');
}

/** All results of each candidate, after one round that is not counted. */
function inTurns(candidates: readonly Candidate[], rounds: number): ReadonlyMap<string, readonly Measured[]> {
  const found = new Map(candidates.map(({ name }): [string, Measured[]] => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const { name, program, args, env } of candidates) {
      const { status, stdout, stderr } = spawnSync(program, args, {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
      if (round > 0) found.get(name)!.push(JSON.parse(stdout) as Measured);
    }
  return found;
}

function tableOf(model: string, found: ReadonlyMap<string, readonly Measured[]>): string {
  const speeds = (results: readonly Measured[]): readonly number[] =>
    results.map(({ images_per_cpu_second: speed }) => speed);
  const [reference = []] = found.values();
  const base = speeds(reference);
  const rows = [...found].map(([name, results]) => {
    const own = speeds(results);
    // Of each round by itself: a busy minute hits both.
    const ratio = median(own.map((speed, at) => speed / base[at]!));
    const memory = median(results.map(({ megabytes }) => megabytes)).toFixed(0);
    return `| ${name} | ${median(own).toFixed(0)} | ${Math.min(...own).toFixed(0)} … ${Math.max(...own).toFixed(0)} | ${ratio.toFixed(2)} | ${memory} |`;
  });
  const head = `| training step, ${model} | images / CPU s | from … to | ÷ PyTorch fp32 | peak MB |`;
  return [head, '|---|---:|---:|---:|---:|', ...rows, ''].join('\n');
}
