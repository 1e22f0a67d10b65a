// Which columns of the table of experiments are shown: those that differ, less what is dropped, plus what is asked for.
import { PipeError } from '../../base/problem.ts';
import { differs, type Column } from '../../experiment/table.ts';

export interface ColumnChoice {
  /** Patterns of labels. */
  readonly only?: readonly string[];
  readonly drop?: readonly string[];
  readonly all?: boolean;
}

/** @throws PipeError for a pattern that is no regular expression. */
export function shownColumns(
  columns: readonly Column[],
  names: readonly string[],
  { only, drop, all }: ColumnChoice,
): readonly Column[] {
  const dropped = patterns(drop, '--drop');
  const wanted = patterns(only, '--only');
  const kept = columns.filter(({ label }) => !dropped.some((pattern) => pattern.test(label)));
  if (only) return kept.filter(({ label }) => wanted.some((pattern) => pattern.test(label)));
  if (all) return kept;
  const differing = kept.filter((column) => differs(column, names));
  // Of experiments that are all alike, the results are of interest.
  return differing.length > 0 ? differing : kept.filter(({ kind }) => kind === 'metric');
}

function patterns(texts: readonly string[] | undefined, option: string): readonly RegExp[] {
  return (texts ?? []).map((text) => {
    try {
      return new RegExp(text);
    } catch {
      throw new PipeError({
        code: 'bad-pattern',
        title: `${option} ${text}: not a regular expression`,
        hint: 'for example --only "lr|acc", or --drop "^data[.]"',
      });
    }
  });
}
