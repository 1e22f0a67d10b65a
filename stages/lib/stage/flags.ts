// The command line of a stage: flags only, described once, checked, and printed by --help.
import { parseArgs } from 'node:util';
import { StageError } from './fail.ts';

/** `spelled` is a number that keeps the text it was given as, for file names: 1.0 stays 1.0. `amount` is a whole number from 1, or `all`. */
type Kind = 'path' | 'text' | 'texts' | 'integer' | 'amount' | 'integers' | 'number' | 'numbers' | 'spelled';

interface Described<K extends Kind> {
  readonly kind: K;
  readonly help: string;
}

export interface Flag<K extends Kind = Kind> extends Described<K> {
  readonly required: boolean;
  readonly choices?: readonly string[];
}

/** One of some words; required. */
interface Choice<C extends string> extends Flag<'text'> {
  readonly required: true;
  readonly choices: readonly C[];
}

type Parsed<K extends Kind> = K extends 'path' | 'text'
  ? string
  : K extends 'texts'
    ? readonly string[]
    : K extends 'integers' | 'numbers'
      ? readonly number[]
      : K extends 'spelled'
        ? Spelled
        : K extends 'amount'
          ? Amount
          : number;

export type Amount = number | 'all';

export interface Spelled {
  readonly text: string;
  readonly value: number;
}

export type Flags = { readonly [name: string]: Flag };

/** Optional flags that are not given are undefined. */
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends Choice<infer C>
    ? C
    : F[Name] extends Flag<infer K>
      ? F[Name]['required'] extends true
        ? Parsed<K>
        : Parsed<K> | undefined
      : never;
};

export const required = <K extends Kind>(kind: K, help: string): Flag<K> & { required: true } => ({
  kind,
  help,
  required: true,
});

export const optional = <K extends Kind>(kind: K, help: string): Flag<K> & { required: false } => ({
  kind,
  help,
  required: false,
});

export const choice = <const C extends string>(choices: readonly C[], help: string): Choice<C> => ({
  kind: 'text',
  help,
  required: true,
  choices,
});

/**
 * Reads the flags of `process.argv`. With --help prints them and ends the process. A flag that takes several values takes
 * all that follow it: `--filters 32 64 128`.
 * @throws StageError that names every flag that is unknown, missing or wrong
 */
export function readFlags<F extends Flags>(stage: string, does: string, flags: F): FlagValues<F> {
  if (process.argv.includes('--help')) {
    process.stdout.write(helpText(stage, does, flags));
    process.exit(0);
  }
  const mistakes: string[] = [];
  const given = collect(process.argv.slice(2), flags, mistakes);
  const values: { [name: string]: unknown } = {};
  for (const [name, flag] of Object.entries(flags)) {
    const texts = given.get(name);
    if (texts === undefined) {
      if (flag.required) mistakes.push(`--${name} is missing (${flag.help})`);
      continue;
    }
    const value = convert(flag, texts);
    if (value === undefined) mistakes.push(`--${name} ${texts.join(' ')}: ${expectation(flag)}`);
    values[name] = value;
  }
  if (mistakes.length > 0)
    throw new StageError(`${mistakes.join('\n       ')}\n  see: node stages/${stage}.ts --help`);
  return values as FlagValues<F>;
}

/** Flag name → the texts that were given for it. */
function collect(argv: readonly string[], flags: Flags, mistakes: string[]): Map<string, string[]> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  let open: string[] | null = null;
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (flags[token.name] === undefined) mistakes.push(`unknown flag ${token.rawName}`);
      open = [];
      if (token.value !== undefined) open.push(token.value);
      given.set(token.name, open);
    } else if (token.kind === 'positional') {
      if (open === null) mistakes.push(`unexpected word "${token.value}"`);
      else open.push(token.value);
    }
  }
  return given;
}

function convert(flag: Flag, texts: readonly string[]): unknown {
  const single = texts.length === 1 ? texts[0]! : undefined;
  switch (flag.kind) {
    case 'path':
    case 'text':
      if (flag.choices !== undefined && !flag.choices.includes(single ?? '')) return undefined;
      return single === '' ? undefined : single;
    case 'texts':
      return texts;
    case 'integer':
      return single === undefined ? undefined : integer(single);
    case 'amount':
      return amountOf(single);
    case 'integers':
      return all(texts.map(integer));
    case 'number':
      return single === undefined ? undefined : finite(single);
    case 'numbers':
      return all(texts.map(finite));
    case 'spelled': {
      const value = single === undefined ? undefined : finite(single);
      return value === undefined ? undefined : { text: single, value };
    }
  }
}

/** Undefined where it is none. */
export function amountOf(value: unknown): Amount | undefined {
  if (value === 'all') return value;
  const count = integer(String(value));
  return count !== undefined && count >= 1 ? count : undefined;
}

function integer(text: string): number | undefined {
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function finite(text: string): number | undefined {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** Undefined where there is none, or one could not be read. */
function all(numbers: readonly (number | undefined)[]): readonly (number | undefined)[] | undefined {
  return numbers.length === 0 || numbers.includes(undefined) ? undefined : numbers;
}

function expectation(flag: Flag): string {
  if (flag.choices !== undefined) return `must be one of ${flag.choices.join(', ')}`;
  switch (flag.kind) {
    case 'path':
      return 'must be one path';
    case 'text':
      return 'must be one word';
    case 'texts':
      return 'must be words';
    case 'integer':
      return 'must be a whole number';
    case 'amount':
      return 'must be a whole number from 1, or all';
    case 'integers':
      return 'must be whole numbers';
    case 'number':
    case 'spelled':
      return 'must be a number';
    case 'numbers':
      return 'must be numbers';
  }
}

function helpText(stage: string, does: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, flag]): [string, string] => [
    `--${name} ${valueName(flag)}`,
    `${flag.help}${flag.required ? '' : ' (optional)'}`,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`);
  return `${does}\n\nUsage: node stages/${stage}.ts --flag value …\n\n${lines.join('\n')}\n`;
}

function valueName(flag: Flag): string {
  if (flag.choices !== undefined) return flag.choices.join('|');
  switch (flag.kind) {
    case 'texts':
    case 'integers':
    case 'numbers':
      return `${flag.kind.slice(0, -1).toUpperCase()}…`;
    case 'spelled':
      return 'NUMBER';
    default:
      return flag.kind.toUpperCase();
  }
}
