// Splits the text of a `dvc.lock` into the texts of its stages and the texts before and after them, and joins them again, so that
// unchanged parts keep their bytes.

export interface DvcLockParts {
  /** Up to and without the line `stages:`. */
  readonly head: string;
  /** By name, with line ends; undefined where the layout is not DVC's: then all are rewritten. */
  readonly stages: ReadonlyMap<string, string> | undefined;
  /** The text after the stages, such as `datasets:`. */
  readonly tail: string;
}

const EMPTY: DvcLockParts = { head: "schema: '2.0'\n", stages: new Map(), tail: '' };

/** @param names of the stages, in the order of the text. */
export function splitDvcLock(text: string, names: readonly string[]): DvcLockParts {
  if (text.trim() === '') return EMPTY;
  const lines = text.replace(/^\uFEFF/, '').split(/(?<=\n)/);
  if (!lines.at(-1)!.endsWith('\n')) lines[lines.length - 1] += '\n';
  const first = lines.findIndex((line) => line.startsWith('stages:'));
  if (first < 0) return { head: lines.join(''), stages: new Map(), tail: '' };
  let end = lines.findIndex((line, index) => index > first && /^[^\s#]/.test(line));
  if (end < 0) end = lines.length;
  const around = { head: lines.slice(0, first).join(''), tail: lines.slice(end).join('') };
  const starts: number[] = [];
  for (let index = first + 1; index < end; index += 1) if (STAGE.test(lines[index]!)) starts.push(index);
  const plain = /^stages:\s*(?:\{\s*\}\s*)?$/.test(lines[first]!) && starts.length === names.length;
  if (!plain) return { ...around, stages: undefined };
  // A comment between `stages:` and the first stage belongs to it.
  const from = (index: number): number => (index === 0 ? first + 1 : (starts[index] ?? end));
  return {
    ...around,
    stages: new Map(
      names.map((name, index) => [name, lines.slice(from(index), from(index + 1)).join('')] as const),
    ),
  };
}

/** The line of a stage's name: two columns in, `name:` or `? long name`. */
const STAGE = /^ {2}(?! |#|-|: |:$)\S/;

export function joinDvcLock({ head, tail }: DvcLockParts, stages: readonly string[]): string {
  const opening = stages.length > 0 ? 'stages:\n' : 'stages: {}\n';
  return head + opening + renumber(stages).join('') + tail;
}

// A list or mapping that occurs in an entry twice is an alias the second time. DVC numbers them through the whole file.
function renumber(stages: readonly string[]): string[] {
  let count = 0;
  return stages.map((stage) => {
    if (!ALIAS.test(stage)) return stage;
    const names = new Map<string, string>();
    for (const [, old] of stage.matchAll(ALIASES)) {
      if (names.has(old!)) continue;
      count += 1;
      names.set(old!, `id${String(count).padStart(3, '0')}`);
    }
    return stage.replace(MARKS, (mark: string, before: string, old: string) => {
      const name = names.get(old);
      return name === undefined ? mark : before + name;
    });
  });
}

const ALIAS = /(?:: |- )\*id\d{3,}$/m;
const ALIASES = /(?:: |- )\*(id\d{3,})$/gm;
const MARKS = /((?:: |- )[&*])(id\d{3,})(?=$| \{\}$| \[\]$)/gm;
