// What a stage's `cmd` runs: DVC's rule.
import type { Stage } from '../stage.ts';

/** Each line of a text, or each item of a list, is run by itself, one after the other. */
export function commandsOf({ cmd, lines }: Pick<Stage, 'cmd' | 'lines'>): readonly string[] {
  const list = typeof cmd === 'string' ? (lines ?? cmd.split(/\r?\n/)) : (cmd ?? []);
  return list.map((command) => command.trim()).filter((command) => command !== '');
}
