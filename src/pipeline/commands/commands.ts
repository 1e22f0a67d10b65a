// The commands of a stage's `cmd`, by DVC's rule.
import type { Stage } from '../stage.ts';

/** Each line of a text, or each item of a list; they run separately, one after the other. */
export function commandsOf({ cmd, lines }: Pick<Stage, 'cmd' | 'lines'>): readonly string[] {
  const list = typeof cmd === 'string' ? (lines ?? cmd.split(/\r?\n/)) : (cmd ?? []);
  return list.map((command) => command.trim()).filter((command) => command !== '');
}
