// The text of `pipe status --data`.
import { painter, type Style } from '../text/paint.ts';
import { spelledOut } from '../text/spell-out.ts';

type Changes = Partial<
  Readonly<Record<string, readonly (string | { readonly old: string; readonly new: string })[]>>
>;

/** As `--json` prints it. */
export interface DataStatusReport {
  readonly not_in_cache?: readonly string[];
  readonly not_in_remote?: readonly string[];
  readonly committed?: Changes;
  readonly uncommitted?: Changes;
  readonly untracked?: readonly string[];
  readonly unchanged?: readonly string[];
}

interface Section {
  readonly key: keyof DataStatusReport;
  readonly title: string;
  readonly hints: readonly string[];
  readonly style: Style;
}

const SECTIONS: readonly Section[] = [
  { key: 'not_in_cache', title: 'Not in the cache', hints: ['`pipe fetch PATH` gets them'], style: 'red' },
  { key: 'not_in_remote', title: 'Not on the remote', hints: ['`pipe push PATH` sends them'], style: 'red' },
  {
    key: 'committed',
    title: 'Recorded, and not committed to git',
    hints: ['`git commit` the lock file, or the .dvc files'],
    style: 'green',
  },
  {
    key: 'uncommitted',
    title: 'Changed, and not recorded',
    hints: ['`pipe commit PATH` records the change', '`pipe checkout PATH` discards it'],
    style: 'yellow',
  },
  {
    key: 'untracked',
    title: 'Not tracked',
    hints: ['`git add PATH` or `pipe add PATH` tracks them'],
    style: 'cyan',
  },
  { key: 'unchanged', title: 'Unchanged', hints: [], style: 'dim' },
];

export function dataStatusText(status: DataStatusReport, colour: boolean): string {
  const paint = painter(colour);
  const parts = SECTIONS.flatMap(({ key, title, hints, style }) => {
    const items = itemsOf(status[key]);
    if (items.length === 0) return [];
    return [
      [
        `${title}:`,
        ...hints.map((hint) => `  (${hint})`),
        ...items.map((item) => `    ${paint(style, spelledOut(item))}`),
        '',
      ].join('\n'),
    ];
  });
  return parts.length > 0 ? parts.join('\n') : 'No changes.\n';
}

function itemsOf(value: DataStatusReport[keyof DataStatusReport]): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as readonly string[];
  return Object.entries(value as Changes).flatMap(([kind, changes]) =>
    (changes ?? []).map(
      (change) => `${kind}: ${typeof change === 'string' ? change : `${change.old} → ${change.new}`}`,
    ),
  );
}
