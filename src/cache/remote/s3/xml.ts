// The little XML that S3 speaks: elements without attributes that matter, and texts.

/** The texts, or inner elements, of all elements of a name. */
export function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, 'g'))].map(([, inner]) =>
    unescape(inner!),
  );
}

/** Of the first one. */
export const element = (xml: string, name: string): string | undefined => elements(xml, name)[0];

/** An inner element stays as it is: its texts are read in their turn. */
const unescape = (text: string): string =>
  text.includes('<') ? text : text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, decoded);

function decoded(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  return NAMED[name!.toLowerCase()] ?? whole;
}

const NAMED: Readonly<Record<string, string | undefined>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
