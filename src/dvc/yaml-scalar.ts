// Which style DVC's YAML writer (ruamel.yaml, an emitter of PyYAML's descent) gives a string: plain, single-quoted or
// double-quoted. yaml-writer.ts writes in that style.

export type ScalarStyle = 'plain' | 'single' | 'double';

const BREAKS = '\n\u0085\u2028\u2029';
const BLANKS = '\0 \t\r\n\u0085\u2028\u2029';
export const isBreak = (char: string | undefined): boolean => char !== undefined && BREAKS.includes(char);
const isBlank = (char: string | undefined): boolean => char === undefined || BLANKS.includes(char);

// The words and numbers of YAML 1.2 as ruamel.yaml resolves them, by the characters that they may start with.
const RESOLVERS: readonly (readonly [first: string, pattern: RegExp])[] = [
  ['tTfF', /^(?:true|True|TRUE|false|False|FALSE)$/],
  [
    '-+0123456789.',
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  ['-+0123456789', /^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/],
  ['<', /^<<$/],
  ['~nN', /^(?:~|null|Null|NULL)$/],
  [
    '0123456789',
    /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/,
  ],
  ['=', /^=$/],
  ['!&*', /^[!&*]$/],
];

/** Without quotes the text would not be read as a string. */
function isOtherwise(text: string): boolean {
  return text === '' || RESOLVERS.some(([first, pattern]) => first.includes(text[0]!) && pattern.test(text));
}

interface Analysis {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
}

/** What the characters of a string allow; code points, as Python counts. */
function analyse(chars: readonly string[]): Analysis {
  let indicators = /^(?:---|\.\.\.)/.test(chars.slice(0, 3).join(''));
  let multiline = false;
  let special = false;
  let breakSpace = false;
  let spaceBreak = false;
  for (const [index, char] of chars.entries()) {
    const before = chars[index - 1];
    const nextBlank = isBlank(chars[index + 1]);
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(char)) indicators = true;
      if ('?:-'.includes(char) && nextBlank) indicators = true;
    } else if ((char === ':' && nextBlank) || (char === '#' && isBlank(before))) indicators = true;
    if (isBreak(char)) multiline = true;
    if (!isPrintable(char)) special = true;
    if (char === ' ' && isBreak(before)) breakSpace = true;
    if (isBreak(char) && before === ' ') spaceBreak = true;
  }
  const edge = (char: string | undefined): boolean => char === ' ' || isBreak(char);
  return {
    multiline,
    plain:
      !indicators &&
      !multiline &&
      !special &&
      !breakSpace &&
      !spaceBreak &&
      !edge(chars[0]) &&
      !edge(chars.at(-1)),
    single: !special && !breakSpace && !spaceBreak,
  };
}

function isPrintable(char: string): boolean {
  const code = char.codePointAt(0)!;
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff) ||
    code >= 0x10000
  );
}

/** @param key it is a simple key, which stays on one line. */
export function styleOf(text: string, key: boolean): ScalarStyle {
  const { multiline, plain, single } = analyse(Array.from(text));
  if (plain && !isOtherwise(text)) return 'plain';
  if (text.includes("'") || text.includes('\n')) return 'double';
  return single && !(key && multiline) ? 'single' : 'double';
}

/** Longer or broken keys are written as `? key`; the emitter counts the five characters of the tag `!!str` too. */
export const isSimpleKey = (text: string): boolean =>
  Array.from(text).length + 5 < 128 && !Array.from(text).some((char) => isBreak(char));
