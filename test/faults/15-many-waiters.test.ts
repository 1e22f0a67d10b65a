import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWhole } from '../amount.ts';

const PROCESSES = 8;
/** Of each process; one in fifty ends with its death. */
const ROUNDS = isWhole ? 125 : 12;

test('eight processes that take, leave and die with the lock never hold it two at a time', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = ROUNDS;
      const start = (): void => {
        const child = spawn(
          process.execPath,
          [join(import.meta.dirname, 'lock-child.ts'), folder, String(left)],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
          },
        );
        child.stdout.on('data', (chunk: Buffer) => (left -= chunk.length));
        child.on('error', reject);
        child.on('close', (code, signal) => {
          if (code === 0) resolve();
          else if (signal === 'SIGKILL' && left > 0) start();
          else if (signal === 'SIGKILL') resolve();
          else reject(new Error(`a process ended with ${code ?? signal}`));
        });
      };
      start();
    });
  await Promise.all(Array.from({ length: PROCESSES }, worker));
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  let holder: string | undefined;
  for (const line of lines) {
    const [what, who] = line.split(' ');
    if (what === 'took') {
      assert.equal(holder, undefined, `${who} took what ${holder} held`);
      holder = who;
    } else {
      assert.equal(who, holder);
      holder = undefined;
    }
  }
  assert.ok(lines.filter((line) => line.startsWith('took')).length >= PROCESSES * ROUNDS);
});
