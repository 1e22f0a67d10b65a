// Places of values along an axis of a chart: numbers by their size, texts in the order in which they come.
import type { Cell } from './table-model.ts';
import { numberOf, textOf } from './table-model.ts';

export interface Scale {
  readonly label: string;
  readonly isLog: boolean;
  /** From 0 to 1; undefined for a value that is missing, or no number among numbers. */
  place(cell: Cell): number | undefined;
  readonly ticks: readonly { readonly place: number; readonly text: string }[];
}

/** From here on equal ratios are equal distances: learning rates are chosen so. */
const LOG_FROM = 100;
/** Texts that get a tick. */
const MOST_TEXTS = 12;

export function scaleOf(label: string, cells: readonly Cell[]): Scale {
  const known = cells.filter((cell) => cell !== undefined);
  const numbers = known.map(numberOf);
  return known.length > 0 && numbers.every((number) => number !== undefined)
    ? numeric(label, numbers)
    : ordinal(label, [...new Set(known.map(textOf))]);
}

function numeric(label: string, numbers: readonly number[]): Scale {
  const [least, most] = [
    numbers.reduce((a, b) => Math.min(a, b), Infinity),
    numbers.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const isLog = least > 0 && most / least >= LOG_FROM;
  const at = isLog ? Math.log : (value: number): number => value;
  const [from, to] = [at(least), at(most)];
  const place = (value: number): number => (to > from ? (at(value) - from) / (to - from) : 0.5);
  return {
    label,
    isLog,
    place(cell) {
      const number = numberOf(cell);
      return number === undefined ? undefined : place(number);
    },
    ticks: ticksOf(numbers, isLog ? powers(least, most) : rounds(least, most), place).map((value) => ({
      place: place(value),
      text: textOf(value),
    })),
  };
}

/** Few values, such as those of an axis, are their own ticks, where there is room between them. */
function ticksOf(
  numbers: readonly number[],
  others: readonly number[],
  place: (value: number) => number,
): readonly number[] {
  const values = [...new Set(numbers)].sort((a, b) => a - b);
  const hasRoom = values.every(
    (value, index) => index === 0 || place(value) - place(values[index - 1]!) > 0.07,
  );
  return values.length <= MOST_TEXTS && hasRoom ? values : others;
}

function ordinal(label: string, texts: readonly string[]): Scale {
  const place = (index: number): number => (texts.length > 1 ? index / (texts.length - 1) : 0.5);
  return {
    label,
    isLog: false,
    place(cell) {
      const index = cell === undefined ? -1 : texts.indexOf(textOf(cell));
      return index < 0 ? undefined : place(index);
    },
    ticks: texts.length > MOST_TEXTS ? [] : texts.map((text, index) => ({ place: place(index), text })),
  };
}

/** Four to eight round numbers between two. */
function rounds(least: number, most: number): number[] {
  if (most <= least) return [least];
  const power = 10 ** Math.floor(Math.log10((most - least) / 4));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => (most - least) / one <= 6)!;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

function powers(least: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(least) - 1e-9), Math.floor(Math.log10(most) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => 10 ** (first + index));
}
