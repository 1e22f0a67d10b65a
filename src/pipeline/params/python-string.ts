// Reads the string literals of a Python expression: prefixes, escapes, adjacent literals that form one string.
import { characterNamed } from './character-names.ts';
import { stringEnd, type PythonFault } from './python-lexical.ts';

export type PythonString =
  | { readonly text: string; readonly bytes: boolean }
  | { readonly fault: PythonFault };

const START = /([A-Za-z]*)("""|'''|"|')/y;
/** Between adjacent literals. */
const GAP = /(?:\s|\\\n|#[^\n]*)*/y;

/** @param source one or more adjacent literals. Offsets of faults count from its start. */
export function readPythonStrings(source: string): PythonString {
  let text = '';
  let bytes: boolean | undefined;
  for (let at = 0; at < source.length;) {
    START.lastIndex = at;
    const start = START.exec(source);
    if (!start) return { fault: { offset: at, title: 'this string cannot be read' } };
    const [, prefix, fence] = start;
    const from = START.lastIndex;
    const end = stringEnd(source, from, fence!) ?? source.length;
    const isBytes = /b/i.test(prefix!);
    if (bytes !== undefined && bytes !== isBytes)
      return { fault: { offset: at, title: 'bytes and text cannot be adjacent' } };
    bytes = isBytes;
    const body = readBody(source.slice(from, end - fence!.length), /r/i.test(prefix!), isBytes);
    if (typeof body !== 'string') return { fault: { offset: from + body.offset, title: body.title } };
    text += body;
    GAP.lastIndex = end;
    GAP.exec(source);
    at = GAP.lastIndex;
  }
  return { text, bytes: bytes === true };
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function readBody(body: string, raw: boolean, bytes: boolean): string | PythonFault {
  const foreign = bytes ? /[^\0-\x7f]/.exec(body) : null;
  if (foreign) return { offset: foreign.index, title: 'bytes contain ASCII characters only' };
  if (raw || !body.includes('\\')) return body;
  let text = '';
  let at = 0;
  for (let slash = body.indexOf('\\'); slash >= 0; slash = body.indexOf('\\', at)) {
    const escape = (bytes ? BYTE_ESCAPE : TEXT_ESCAPE).exec(body.slice(slash, slash + LONGEST))![0];
    const meaning = readEscape(escape, bytes);
    if (meaning === undefined) return { offset: slash, title: `\`${escape}\` is not a complete escape` };
    text += body.slice(at, slash) + meaning;
    at = slash + escape.length;
  }
  return text + body.slice(at);
}

const TEXT_ESCAPE =
  /^\\(?:x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|N(?:\{[^}\n]*\}?)?|[0-7]{1,3}|[^])/u;
const BYTE_ESCAPE = /^\\(?:x[\da-fA-F]{0,2}|[0-7]{1,3}|[^])/u;
/** Longer than the name of any character. */
const LONGEST = 200;

/** Undefined for an incomplete escape and an unknown name. */
function readEscape(escape: string, bytes: boolean): string | undefined {
  const kind = escape[1]!;
  const simple = SIMPLE[kind];
  if (simple !== undefined) return simple;
  // Octal numbers of bytes have eight bits.
  if (/[0-7]/.test(kind)) {
    const code = Number.parseInt(escape.slice(1), 8);
    return String.fromCharCode(bytes ? code & 0xff : code);
  }
  if (kind === 'N' && !bytes) return characterNamed(/^\\N\{(.+)\}$/.exec(escape)?.[1] ?? '');
  const digits = { x: 2, u: 4, U: 8 }[kind];
  if (digits === undefined || (bytes && kind !== 'x')) return escape;
  const code = Number.parseInt(escape.slice(2), 16);
  return escape.length === 2 + digits && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
