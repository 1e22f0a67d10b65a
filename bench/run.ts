// `npm run bench [CLAIM…]`: measures in a process of its own, which claims.ts is, and ends it with all that it started.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryFolder } from './measure.ts';

/** How often it is looked whether npm is still there. */
const LOOK_MS = 1000;

const home = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
const claims = spawn(process.execPath, [join(import.meta.dirname, 'claims.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PIPE_BENCH_HOME: home },
});
claims.once('exit', (code) => {
  const memory = memoryFolder(claims.pid);
  // Something that ends as well may still write.
  for (const folder of memory ? [home, memory] : [home])
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exitCode ??= code ?? 1;
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(128 + 15));

// Whoever kills npm ends the shell between it and us, which passes nothing on.
const parent = process.ppid;
if (process.env['npm_lifecycle_event'] !== undefined)
  setInterval(() => process.ppid !== parent && end(1), LOOK_MS).unref();

function end(code: number): void {
  process.exitCode = code;
  // The first ends first, so that nothing more is started. Some are in a group or session of their own.
  for (const pid of [claims.pid!, ...below(claims.pid!)]) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has ended.
    }
  }
}

/** All processes that a process started, directly or not. */
function below(pid: number): readonly number[] {
  const pairs = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const one of found) for (const [child, of] of pairs) if (of === one) found.push(child!);
  return found.slice(1);
}
