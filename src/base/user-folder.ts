// The folder of the user's own files of pipe, outside of every project.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Absolute. */
export function userFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'pipe');
}
