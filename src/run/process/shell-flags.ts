// The flags with which a shell runs the command of a stage.
import { basename } from 'node:path';

/** Those that DVC gives a shell, so that a user's start-up files decide nothing. */
export function shellFlags(shell: string): string[] {
  const name = basename(shell);
  if (name === 'bash') return ['--noprofile', '--norc'];
  if (name === 'zsh') return ['--no-rcs'];
  if (name === 'fish') return ['--no-config'];
  return [];
}
