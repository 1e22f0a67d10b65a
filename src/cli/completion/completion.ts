// `pipe completion`: prints the script of a shell.
import type { Command } from 'commander';
import { bashScript } from './bash.ts';
import { completedCommands, type CompletedCommand } from './command-line.ts';
import { fishScript } from './fish.ts';
import type { Shell } from './shells.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS: { readonly [shell in Shell]: (commands: readonly CompletedCommand[]) => string } = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** @returns the exit code. */
export function completionCommand(program: Command, shell: Shell): number {
  process.stdout.write(SCRIPTS[shell](completedCommands(program)));
  return 0;
}
