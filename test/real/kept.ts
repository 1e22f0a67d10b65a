// What the suites against real programs install: made once, and kept outside of the clone for the next run.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `PIPE_TEST_KEEP` names another folder. */
const base = process.env['PIPE_TEST_KEEP'] ?? join(homedir(), '.cache/pipe-tests');

/**
 * @param name for people; @param script of sh that installs into the folder `$KEPT`, and that names all versions: another script is
 * another folder. @returns the folder. Suites that want the same at once wait for each other.
 */
export function kept(name: string, script: string): string {
  const folder = join(base, `${name}-${createHash('sha256').update(script).digest('hex').slice(0, 8)}`);
  if (existsSync(join(folder, 'complete'))) return folder;
  mkdirSync(base, { recursive: true });
  const whole = `set -e; [ ! -e "$KEPT/complete" ] || exit 0; rm -rf "$KEPT"; mkdir "$KEPT"; ${script}\ntouch "$KEPT/complete"`;
  const { status, error } = spawnSync('flock', [`${folder}.lock`, 'sh', '-c', whole], {
    env: { ...process.env, KEPT: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`${name} cannot be installed: ${error?.message ?? `status ${status}`}`);
  return folder;
}
