// Commands that GitHub Actions reads in a log: ours, and making sure that what a stage prints is none.
import type { Problem } from '../../base/problem.ts';
import { spelledOut } from '../text/spell-out.ts';

/** An error with its place in a file, which GitHub shows in that file. */
export function annotationOf({ title, hint, place }: Problem): string {
  const at = place && [
    ['file', place.file],
    ['line', place.line],
    ['col', place.column],
  ];
  const properties = (at ?? [])
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(spelledOut(String(value)))}`)
    .join(',');
  return `::error${properties === '' ? '' : ` ${properties}`}::${escapeData([title, hint ?? ''].filter(Boolean).map(spelledOut).join('\n'))}`;
}

/** Escapes a printed line that the runner would take for a command. */
export function harmless(line: string): string {
  const spaced = line.replaceAll('##[', '# #[');
  return spaced.trimStart().startsWith('::') ? `| ${spaced}` : spaced;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
