// Reads JSON as Python does: NaN and Infinity are numbers, the last of equal keys counts, and keys keep their order. JSON.parse checks
// the syntax; it has neither integers beyond 2^53 nor the order of keys that look like indices.
import { PipeError } from '../../base/problem.ts';
import type { Scalar, Value } from '../../base/value.ts';
import { MAX_DEPTH } from '../../yaml/node-reader.ts';
import { placer } from '../../yaml/text-place.ts';
import { readYaml, type YamlSource } from '../../yaml/yaml-source.ts';

/** @param file its name in messages. @throws PipeError for what is no JSON. */
export function readJson(text: string, file: string): YamlSource {
  try {
    JSON.parse(outsideStrings(text, { NaN: '0', Infinity: '0', '-Infinity': '0' }));
  } catch (error) {
    const message = (error as SyntaxError).message;
    const offset = /at position (\d+)/.exec(message);
    const place = offset ? placer(text, file)(Number(offset[1])) : { file };
    const title = `not valid JSON: ${message.replace(/ (?:in JSON )?at position.*$/s, '')}`;
    throw new PipeError({ code: 'params-unreadable', title, place });
  }
  const value = readTokens(text, (offset) => {
    const title = `nested deeper than ${MAX_DEPTH} levels`;
    return new PipeError({ code: 'yaml-too-large', title, place: placer(text, file)(offset) });
  });
  let source: YamlSource | undefined;
  return {
    file,
    value,
    place(...asked) {
      // JSON is YAML, whose reader records places. They are for problems, and few files have any.
      source ??= readYaml(outsideStrings(text, WORDS_OF_YAML), file, 'last');
      return source.place(...asked);
    },
  };
}

/** Replaces NaN and Infinity, which Python's JSON has. */
function outsideStrings(
  source: string,
  words: { readonly NaN: string; readonly Infinity: string; readonly '-Infinity': string },
): string {
  if (!/NaN|Infinity/.test(source)) return source;
  return source.replace(
    /"(?:[^"\\]|\\.)*"|(?<![\w.-])(?:NaN|-?Infinity)\b/g,
    (token) => words[token as keyof typeof words] ?? token,
  );
}

const WORDS_OF_YAML = { NaN: '.nan', Infinity: '.inf', '-Infinity': '-.inf' };

/** Of a text whose syntax was checked, so that nothing is between them but spaces, commas and colons. */
const TOKENS = /[[\]{}]|"(?:[^"\\]|\\.)*"|[^\s,:[\]{}"]+/g;

/** @param tooDeep what is thrown for more levels than a recursion over values can have. */
function readTokens(text: string, tooDeep: (offset: number) => PipeError): Value {
  const tokens = text.matchAll(TOKENS);
  const next = (): RegExpExecArray => (tokens.next() as IteratorYieldResult<RegExpExecArray>).value;

  const valueFrom = ({ 0: token, index }: RegExpExecArray, depth: number): Value => {
    if (depth > MAX_DEPTH) throw tooDeep(index);
    if (token === '[') {
      const items: Value[] = [];
      for (let first = next(); first[0] !== ']'; first = next()) items.push(valueFrom(first, depth + 1));
      return items;
    }
    if (token === '{') {
      const entries = new Map<Scalar, Value>();
      for (let key = next(); key[0] !== '}'; key = next())
        entries.set(textOf(key[0]), valueFrom(next(), depth + 1));
      return entries;
    }
    return token.startsWith('"') ? textOf(token) : scalarOf(token);
  };
  return valueFrom(next(), 0);
}

const textOf = (token: string): string => JSON.parse(token) as string;

function scalarOf(token: string): Scalar {
  if (token in WORDS) return WORDS[token as keyof typeof WORDS];
  return /[.eE]/.test(token) ? Number(token) : BigInt(token);
}

const WORDS = { null: null, true: true, false: false, NaN, Infinity, '-Infinity': -Infinity } as const;
