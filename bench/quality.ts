// How good the trainings are, beside PyTorch with the same settings: `npm run bench:quality`. A pipeline (quality/quality.yaml) in a
// folder of its own, so that it goes on where it was stopped. Prints Markdown and writes it to results/. Arguments are handed on
// to `pipe repro`: names of courses, `-j 2`. --table only writes the table of what is there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LEVELS, REFERENCE, type Reference } from './quality/reference.ts';

const root = dirname(import.meta.dirname);
/** Kept between calls; `PIPE_BENCH_QUALITY` names another. */
const home = process.env['PIPE_BENCH_QUALITY'] || join(tmpdir(), 'pipe-bench-quality');

interface Measured {
  readonly epoch: number;
  readonly mse: number;
  readonly ssim: number;
}

const args = process.argv.slice(2);
if (!args.includes('--table')) {
  layOut();
  const { status } = spawnSync(process.execPath, [join(root, 'bin/pipe.js'), 'repro', ...args], {
    cwd: home,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
const today = new Date().toISOString().slice(0, 10);
const text = report();
console.log(text);
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
writeFileSync(join(import.meta.dirname, `results/quality-${today}.md`), text);

/** The newest sources beside what was computed so far. */
function layOut(): void {
  mkdirSync(join(home, 'bench'), { recursive: true });
  for (const name of ['stages', 'bench/quality', 'package.json']) {
    rmSync(join(home, name), { recursive: true, force: true });
    cpSync(join(root, name), join(home, name), { recursive: true });
  }
  cpSync(join(root, 'bench/quality/quality.yaml'), join(home, 'pipeline.yaml'));
  for (const name of ['node_modules', '.tensorflow'])
    if (existsSync(join(root, name)) && !existsSync(join(home, name)))
      symlinkSync(join(root, name), join(home, name));
}

function report(): string {
  const rows = (['cdae', 'unet'] as const).flatMap((model) =>
    LEVELS.flatMap((level) => {
      const path = join(home, `data/course/${model}-${level}/course.json`);
      if (!existsSync(path)) return [];
      const course = JSON.parse(readFileSync(path, 'utf8')) as readonly Measured[];
      return course.map((measured) => row(model, level, measured));
    }),
  );
  return [
    `# Quality, measured ${today}`,
    '',
    `${cpus()[0]?.model}; tfjs-node, one thread; all 60,000 training images of MNIST, batches of 64, Adam 0.001, seed 42; MSE and SSIM on the 10,000 test images. PyTorch, same settings: one seed, trained with bf16 autocast, measured in fp32.`,
    '',
    '| model | σ | epoch | MSE | SSIM | PyTorch MSE | PyTorch SSIM | MSE ÷ PyTorch | SSIM − PyTorch |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}

function row(model: 'cdae' | 'unet', level: string, { epoch, mse, ssim }: Measured): string {
  const peer: Reference | undefined = REFERENCE[model]?.[level]?.[epoch];
  const theirs =
    peer === undefined
      ? '– | – | – | –'
      : `${peer.mse.toFixed(4)} | ${peer.ssim.toFixed(3)} | ${(mse / peer.mse).toFixed(3)} | ${(ssim - peer.ssim >= 0 ? '+' : '−') + Math.abs(ssim - peer.ssim).toFixed(4)}`;
  return `| ${model} | ${level} | ${epoch} | ${mse.toFixed(5)} | ${ssim.toFixed(4)} | ${theirs} |`;
}
