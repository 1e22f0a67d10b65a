// The progress of a stage in words.
import type { StageProgress } from '../../run/event.ts';
import { printedLine, spelledOut } from '../text/spell-out.ts';

/** `3/50 epoch  val 0.0101`. */
export function progressText({ done, total, unit, note }: StageProgress): string {
  const count = `${done}${total === undefined ? '' : `/${total}`}${unit === undefined ? '' : ` ${spelledOut(unit)}`}`;
  return note === undefined ? count : `${count}  ${printedLine(note, false)}`;
}
