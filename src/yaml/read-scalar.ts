// Converts YAML scalars to values: YAML 1.2 as DVC's reader (ruamel.yaml) reads it, with `1_000` and `0b1` as numbers.
import type { Scalar } from '../base/value.ts';

const INTEGER = /^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ['', null],
  ['~', null],
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** A scalar without quotes and without a tag. */
export function readPlainScalar(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  if (FLOAT.test(text)) return readFloat(text);
  if (INTEGER.test(text)) return readInteger(text) ?? text;
  return text;
}

/** Undefined for a text without digits (`_`, `0b`). */
function readInteger(text: string): bigint | undefined {
  const digits = text.replace(/^[-+]|_/g, '');
  const decimal = /^0[box]/.test(digits) ? digits : digits.replace(/^0+(?=\d)/, '');
  if (!/\d/.test(decimal) || /^0[box]$/.test(decimal)) return undefined;
  return text.startsWith('-') ? -BigInt(decimal) : BigInt(decimal);
}

function readFloat(text: string): number {
  const plain = text.replaceAll('_', '').toLowerCase();
  if (plain.endsWith('.inf')) return plain.startsWith('-') ? -Infinity : Infinity;
  if (plain === '.nan') return NaN;
  return Number(plain);
}

/** A scalar with one of YAML's own tags (`!!str 1`); undefined when the text does not fit the tag. */
export function readTaggedScalar(tag: string, text: string): Scalar | undefined {
  const plain = readPlainScalar(text);
  switch (tag) {
    case '!':
    case 'tag:yaml.org,2002:str':
      return text;
    case 'tag:yaml.org,2002:int':
      return typeof plain === 'bigint' ? plain : undefined;
    case 'tag:yaml.org,2002:float':
      return typeof plain === 'bigint' ? Number(plain) : typeof plain === 'number' ? plain : undefined;
    case 'tag:yaml.org,2002:bool':
      return typeof plain === 'boolean' ? plain : undefined;
    case 'tag:yaml.org,2002:null':
      return plain === null ? null : undefined;
    default:
      return undefined;
  }
}
