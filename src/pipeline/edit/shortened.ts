// A large pipeline file without the stages that an edit is not about. An edit looks at the syntax of its text, which takes hundreds of
// times the memory of the text. Only for texts that the fast reader reads: no part of these depends on another one.
import { canonicalJson, isMap } from '../../base/spelling.ts';
import { fitYoungGeneration } from '../../base/young-generation.ts';
import type { Scalar, Value, ValueMap } from '../../base/value.ts';
import { lineEnd, lineStart } from '../../yaml/lines.ts';
import { readSimpleYaml, type SimpleYaml } from '../../yaml/simple-yaml.ts';

/** Characters: a smaller text is edited as it is. */
const LARGE = 1 << 16;
/** Characters at the start whose stages stay, since they show the layout. */
const SHOWN = 1 << 12;

export interface Shortened {
  readonly text: string;
  /** The whole text with the changes of the short one; undefined where they would mean something else in it. */
  restored(changed: string): string | undefined;
}

/** Stages next to each other that are taken out. */
interface Run {
  /** Of the entry in their place. */
  readonly key: string;
  /** That entry. */
  readonly line: string;
  readonly names: readonly Scalar[];
  readonly start: number;
  readonly end: number;
}

/** @param stages that the edit is about. @returns undefined for a text that is small or not simple. */
export function shortened(text: string, stages: readonly string[]): Shortened | undefined {
  if (text.length < LARGE || !text.endsWith('\n')) return undefined;
  fitYoungGeneration({ bytes: text.length });
  const whole = readSimpleYaml(text);
  const declared = whole && isMap(whole.value) ? whole.value.get('stages') : undefined;
  if (!whole || !isMap(declared)) return undefined;
  const runs = runsIn(text, whole, declared, new Set(stages));
  if (runs.length === 0) return undefined;
  return {
    text: runs.reduceRight((now, { start, end, line }) => now.slice(0, start) + line + now.slice(end), text),
    restored(changed) {
      const next = runs.reduce<string | undefined>((now, { start, end, line }) => {
        const parts = now?.split(line);
        return parts?.length === 2 ? parts.join(text.slice(start, end)) : undefined;
      }, changed);
      const expected = readSimpleYaml(changed)?.value;
      const read = next === undefined ? undefined : readSimpleYaml(next)?.value;
      return isMap(expected) && isMap(read) && isExpected(read, expected, declared, runs) ? next : undefined;
    },
  };
}

function runsIn(text: string, whole: SimpleYaml, declared: ValueMap, kept: ReadonlySet<Scalar>): Run[] {
  const word = unusedWord(text);
  const runs: Run[] = [];
  let names: Scalar[] = [];
  const end = (): void => {
    if (names.length > 0) runs.push(runOf(text, whole, names, `${word}${runs.length}`));
    names = [];
  };
  for (const name of declared.keys()) {
    const start = whole.keyOffset(['stages', name]);
    if (start === undefined) return [];
    if (kept.has(name) || start < SHOWN) end();
    else names.push(name);
  }
  end();
  return runs;
}

function runOf(text: string, whole: SimpleYaml, names: readonly Scalar[], key: string): Run {
  const first = whole.keyOffset(['stages', names[0]!])!;
  const last = whole.block(['stages', names.at(-1)!])!;
  const start = lineStart(text, first);
  // What follows the last one stays: the end of the file, and comments.
  const content = text.slice(last.start, last.end).replace(/(?:\n *(?:#[^\n]*)?)*$/, '');
  const line = `${text.slice(start, first)}${key}:\n`;
  return { key, line, names, start, end: lineEnd(text, last.start + content.length) };
}

function unusedWord(text: string): string {
  let word = 'left-out-';
  while (text.includes(word)) word += '-';
  return word;
}

/** Whether the whole text means what the short one does, with the stages that were left out as they were. */
function isExpected(read: ValueMap, short: ValueMap, declared: ValueMap, runs: readonly Run[]): boolean {
  const stages = short.get('stages');
  if (!isMap(stages)) return false;
  const all = new Map(stages);
  for (const { key, names } of runs) {
    if (!all.delete(key)) return false;
    for (const name of names) all.set(name, declared.get(name)!);
  }
  const expected = new Map(short).set('stages', all);
  return haveSame(read, expected, (a, b) => (isMap(a) && isMap(b) ? haveSame(a, b, isSame) : isSame(a, b)));
}

const isSame = (a: Value, b: Value): boolean => canonicalJson(a) === canonicalJson(b);

const haveSame = (a: ValueMap, b: ValueMap, isSame: (a: Value, b: Value) => boolean): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)!));
