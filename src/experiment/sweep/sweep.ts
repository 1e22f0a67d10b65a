// One `-S` of experiments: a value, or several of which each is an experiment, in Hydra's spelling: `lr=0.1,0.2`, `choice(a, b)`,
// `range(1, 10, 3)`; with `--random` also `interval(1e-4, 1e-1)`.
import { rangeValues } from './range.ts';
import { splitTexts } from './split.ts';
import { sweepProblem } from './sweep-problem.ts';
import type { Random } from './random.ts';

/** Settings (`key=value`) that belong together. */
export type Choice = readonly string[];

export type Axis =
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
  /** Any value between two numbers. */
  | { readonly kind: 'interval'; readonly text: string; readonly sample: (random: Random) => Choice };

/** @param text `[file:]key=values`, `+key=value` or `~key`. @throws PipeError */
export function readSweep(text: string): Axis {
  const equals = text.indexOf('=');
  if (equals < 0) return { kind: 'choices', choices: [[text]] };
  const key = text.slice(0, equals).trim();
  const values = text.slice(equals + 1).trim();
  const setting = (value: string): Choice => [`${key}=${value}`];
  const interval = intervalOf(values, text);
  if (interval) return { kind: 'interval', text, sample: (random) => setting(interval(random)) };
  return { kind: 'choices', choices: valuesOf(values, text).map(setting) };
}

function valuesOf(values: string, text: string): readonly string[] {
  const [, name, inner] = /^(\w+)\((.*)\)$/s.exec(values) ?? [];
  switch (name) {
    case undefined: {
      const list = splitTexts(values, text);
      const call = list.length > 1 ? list.find((value) => CALL.test(value)) : undefined;
      if (call !== undefined) throw sweepProblem(text, `'${call}' cannot be one of several values`);
      return list;
    }
    case 'choice':
      return splitTexts(inner!, text);
    case 'range':
      return rangeValues(splitTexts(inner!, text), text);
    default:
      throw sweepProblem(text, `there is no '${name}(…)'`);
  }
}

/** What Hydra gives a meaning. */
const CALL =
  /^(?:choice|range|glob|interval|tag|sort|shuffle|extend_list|int|float|str|bool|json_str)\(.*\)$/s;

/** Undefined for values that are no interval. */
function intervalOf(values: string, text: string): ((random: Random) => string) | undefined {
  const whole = /^int\((.*)\)$/s.exec(values);
  const log = /^tag\(\s*log\s*,(.*)\)$/s.exec(whole?.[1] ?? values);
  const bounds = /^\s*interval\((.*)\)\s*$/s.exec(log?.[1] ?? whole?.[1] ?? values);
  if (!bounds) return undefined;
  const numbers = splitTexts(bounds[1]!, text).map((bound) => Number(bound.replace(/^\w+\s*=/, '')));
  const [low, high] = numbers as [number, number];
  const isWrong = numbers.length !== 2 || !numbers.every(Number.isFinite) || low > high || (log && low <= 0);
  if (isWrong) throw sweepProblem(text, 'an interval has two numbers, the smaller one first');
  return (random) => {
    const part = random();
    const value = log ? low * (high / low) ** part : low + (high - low) * part;
    return whole ? String(Math.min(Math.floor(high), Math.round(value))) : floatText(value);
  };
}

/** Four significant digits are more than a random search can use. */
function floatText(value: number): string {
  const short = String(Number(value.toPrecision(4)));
  return /^-?\d+$/.test(short) ? `${short}.0` : short;
}
