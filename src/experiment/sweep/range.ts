// The values of `range(…)`, as Python's: without the end. Decimal numbers are exact: `range(0, 0.3, 0.1)` is 0.0, 0.1, 0.2.
import { sweepProblem } from './sweep-problem.ts';

const NAMES = ['start', 'stop', 'step'] as const;
const MOST = 100_000;

/** @param args `range(3)`, `range(1, 3)`, `range(1, 3, 0.5)`, also by name: `start=1`. @param text for messages. */
export function rangeValues(args: readonly string[], text: string): readonly string[] {
  const given = named(args, text);
  const numbers = { start: given.start ?? '0', stop: given.stop ?? '', step: given.step ?? '1' };
  const decimals = Math.max(...Object.values(numbers).map((number) => decimalsOf(number, text)));
  const [start, stop, step] = NAMES.map((name) => scaled(numbers[name], decimals)) as [
    bigint,
    bigint,
    bigint,
  ];
  if (step === 0n) throw sweepProblem(text, 'the step of a range is not 0');
  const values: string[] = [];
  for (let at = start; step > 0n ? at < stop : at > stop; at += step) {
    if (values.length >= MOST) throw sweepProblem(text, `a range has at most ${MOST} values`);
    values.push(decimalText(at, decimals));
  }
  if (values.length === 0) throw sweepProblem(text, 'the range is empty');
  return values;
}

function named(
  args: readonly string[],
  text: string,
): { readonly [name in (typeof NAMES)[number]]?: string } {
  const pairs = args.map((arg, index) => {
    const [, name, value] = /^(\w+)\s*=\s*(.*)$/s.exec(arg) ?? [];
    if (name !== undefined && !(NAMES as readonly string[]).includes(name))
      throw sweepProblem(text, `a range has start, stop and step, not '${name}'`);
    const positional = args.length === 1 ? 'stop' : NAMES[index];
    return [name ?? positional, value ?? arg] as const;
  });
  if (pairs.length > NAMES.length) throw sweepProblem(text, 'a range has at most three numbers');
  return Object.fromEntries(pairs) as ReturnType<typeof named>;
}

function decimalsOf(number: string, text: string): number {
  const [, fraction = '', exponent = '0'] = /^[-+]?\d*\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  if (!/\d/.test(number) || Number.isNaN(Number(number)))
    throw sweepProblem(text, `'${number}' is not a number`);
  const isWhole = /^[-+]?\d+$/.test(number);
  return isWhole ? 0 : Math.max(1, fraction.length - Number(exponent));
}

/** The number times 10 to the power of `decimals`. */
function scaled(number: string, decimals: number): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(number)!;
  const shift = decimals + Number(exponent) - fraction.length;
  const digits = BigInt(`${whole}${fraction}` || '0') * 10n ** BigInt(Math.max(0, shift));
  return sign === '-' ? -digits : digits;
}

function decimalText(value: bigint, decimals: number): string {
  if (decimals === 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/(?<=.)0+$/, '');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${fraction}`;
}
