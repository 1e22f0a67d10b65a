// Checks the sources without running them: types, lint, format, import directions, unused code. All checks run; each that fails prints
// its output.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);
const checks: readonly (readonly string[])[] = [
  ['tsc', '--noEmit'],
  // What runs in a browser knows other globals.
  ['tsc', '--noEmit', '-p', 'stages/lib/draw/browser'],
  ['tsc', '--noEmit', '-p', 'src/plots/page'],
  ['tsc', '--noEmit', '-p', 'src/ui/page'],
  ['oxlint'],
  ['oxfmt', '--check', '.'],
  ['node', 'scripts/check-imports.ts'],
  ['knip'],
];

const results = await Promise.all(checks.map(run));
for (const { name, output } of results.filter(({ code }) => code !== 0))
  process.stdout.write(`── ${name}\n${output}\n`);
for (const { name, code } of results) process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;

function run([command, ...args]: readonly string[]): Promise<{ name: string; code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ name: [command, ...args].join(' '), code: code ?? 1, output }));
  });
}
