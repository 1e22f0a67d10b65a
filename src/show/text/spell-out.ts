// What others wrote (names, values, paths, what stages print), made safe to show: characters that move the cursor, talk to
// the terminal, turn the direction of writing or take no room are spelled out. Owns no layout.

/** Most texts hold nothing else. */
const ORDINARY = /^[\x20-\x7e]*$/;

/**
 * Controls, half pairs, line separators and whatever Unicode lets a display ignore. Kept where they belong to what is
 * before them: joiners in emoji and in scripts that join, variation selectors after what has variants. A function, since V8 takes a
 * millisecond to read the pattern, and few runs need it.
 */
const hiddenCharacters = (): RegExp =>
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufff9-\ufffb]|(?![\u200c\u200d]|\p{Variation_Selector})\p{Default_Ignorable_Code_Point}|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}])[\u200c\u200d]|(?<![\p{Emoji}\p{Ideographic}\p{S}\p{M}\p{Script=Mongolian}])\p{Variation_Selector}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** As JSON spells them, so that JSON which passes here stays the same value. */
function spell(hidden: string): string {
  const short = SHORT[hidden];
  if (short !== undefined) return short;
  return Array.from(
    { length: hidden.length },
    (_, at) => `\\u${hidden.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** A text as a part of one line. */
export const spelledOut = (text: string): string =>
  ORDINARY.test(text) ? text : text.replace(hiddenCharacters(), spell);

/** A text that may have several lines. */
export const spelledLines = (text: string): string =>
  ORDINARY.test(text) ? text : text.split('\n').map(spelledOut).join('\n');

/** Colours and weights, but not the one that hides text. https://en.wikipedia.org/wiki/ANSI_escape_code#SGR */
const ESCAPE = '\u001b';
const ATTRIBUTE = String.raw`0?[0-79]|2[1-9]|[34][0-79]|9[0-7]|10[0-7]`;
const FULL_COLOUR = String.raw`[345]8[;:](?:5[;:]\d{1,3}|2(?:[;:]\d{1,3}){3})`;
const COLOURS = new RegExp(String.raw`(${ESCAPE}\[(?:(?:${ATTRIBUTE}|${FULL_COLOUR})(?:;(?=\d)|(?=m)))*m)`);

/**
 * The way out: everything that is written to a terminal or a pipe passes here. Line ends and tabs stay as they are, colours
 * where they are wanted.
 */
export function safeOutput(text: string, colour: boolean): string {
  if (/^[\n\t\x20-\x7e]*$/.test(text)) return text;
  const parts = colour ? text.split(COLOURS) : [text];
  // Every other part is a colour.
  return parts.map((part, index) => (index % 2 === 1 ? part : spellAllBut(part))).join('');
}

const spellAllBut = (text: string): string =>
  text.replace(hiddenCharacters(), (hidden) => (hidden === '\n' || hidden === '\t' ? hidden : spell(hidden)));

/** What a stage printed in one line: tabs as spaces, its colours where they are wanted, and their end with the line. */
export function printedLine(line: string, colour: boolean): string {
  const text = line.replaceAll('\t', '    ');
  if (ORDINARY.test(text)) return text;
  const parts = text.split(COLOURS);
  const kept = parts.map((part, index) => (index % 2 === 0 ? spelledOut(part) : colour ? part : ''));
  return kept.join('') + (colour && parts.length > 1 ? `${ESCAPE}[0m` : '');
}
