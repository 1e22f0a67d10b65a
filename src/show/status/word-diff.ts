// What changed in a command, word by word: `--epochs 50 → 40`.

/** Beyond this many words on a side the exact comparison (quadratic) is not worth its time. */
const MOST_WORDS = 400;

interface Edit {
  readonly old: string[];
  readonly new: string[];
  readonly before: string | undefined;
  /** Index of its first word in the old command. */
  readonly at: number;
}

/** The places where two commands differ, each with the flag it belongs to. */
export function describeWordChanges(old: string, now: string): string {
  const a = old.split(/\s+/).filter(Boolean);
  const b = now.split(/\s+/).filter(Boolean);
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return `${shorten(old)} → ${shorten(now)}`;
  const edits = editsBetween(a, b);
  if (edits.length === 0) return 'white space';
  // Hardly a word in common: the two texts side by side say more than a list of differences.
  const changed = edits.reduce((sum, edit) => sum + Math.max(edit.old.length, edit.new.length), 0);
  if (changed > 12) return `${shorten(old)} → ${shorten(now)}`;
  return edits.map(describeEdit).join(', ');
}

/** Both commands as one text: what they share, what only the old and what only the new one has. */
export interface WordPart {
  readonly kind: 'same' | 'old' | 'new';
  readonly text: string;
}

/** For those who can show it in colour. */
export function wordParts(old: string, now: string): WordPart[] {
  const a = old.split(/\s+/).filter(Boolean);
  const b = now.split(/\s+/).filter(Boolean);
  if (a.length > MOST_WORDS || b.length > MOST_WORDS)
    return [
      { kind: 'old', text: old },
      { kind: 'new', text: now },
    ];
  const parts: WordPart[] = [];
  let at = 0;
  for (const edit of editsBetween(a, b)) {
    if (edit.at > at) parts.push({ kind: 'same', text: a.slice(at, edit.at).join(' ') });
    if (edit.old.length > 0) parts.push({ kind: 'old', text: edit.old.join(' ') });
    if (edit.new.length > 0) parts.push({ kind: 'new', text: edit.new.join(' ') });
    at = edit.at + edit.old.length;
  }
  if (at < a.length) parts.push({ kind: 'same', text: a.slice(at).join(' ') });
  return parts;
}

function describeEdit({ old, new: now, before }: Edit): string {
  if (old.length === 0) return `+ ${now.join(' ')}`;
  if (now.length === 0) return `− ${old.join(' ')}`;
  const flag = before?.startsWith('-') && !old[0]!.startsWith('-') ? `${before} ` : '';
  return `${flag}${old.join(' ')} → ${now.join(' ')}`;
}

function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  const common = commonLengths(a, b);
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const edit: Edit = { old: [], new: [], before: a[i - 1], at: i };
    while ((i < a.length || j < b.length) && !(i < a.length && a[i] === b[j])) {
      if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) edit.old.push(a[i++]!);
      else edit.new.push(b[j++]!);
    }
    edits.push(edit);
  }
  return edits;
}

/** Length of the longest common subsequence of every pair of suffixes. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i]![j] =
        a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
    }
  }
  return table;
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
