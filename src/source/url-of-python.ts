// The two spellings of a URL that DVC's checksum of a file without an ETag contains: its own, and that of the library below it (yarl), in
// which each character has one spelling, and which is without `.`, `..` and the fragment.
import { posix } from 'node:path';

/** How DVC names a URL that was written: its path is made short, as that of a file is, and the rest stays. It asks for no other. */
export function nameInDvc(written: string): string {
  const [whole, scheme = '', host = '', path = '', query = '', fragment = ''] =
    /^([^/?#]*)\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(written) ?? [];
  if (whole === undefined) return written;
  // Two slashes are not one, as POSIX has it; three are.
  const start = /^\/\/(?!\/)/.test(path) ? '/' : '';
  const short = posix.normalize(path === '' ? '/' : path).replace(/\/+$/, '') || '/';
  return `${scheme.toLowerCase()}//${host}${start}${short}${query && `?${query}`}${fragment && `#${fragment}`}`;
}

/** What is never encoded in a path, in a query. */
const PATH = /^[A-Za-z0-9_.~!$'()*,&;=@:-]$/;
const QUERY = /^[A-Za-z0-9_.~!$'()*,?/:@-]$/;
/** What means something there: it stays as it is written, encoded or not. */
const PATH_MARKS = /^[+/]$/;
const QUERY_MARKS = /^[=+&;]$/;

/** @param written an absolute URL of http(s), without user name and password. */
export function urlOfPython(written: string): string {
  const { origin } = new URL(written);
  const [, path = '', query = ''] = /^[^/?#]*\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/s.exec(written) ?? [];
  const inPath = withoutDots(requoted(path, PATH, PATH_MARKS));
  const inQuery = requoted(query, QUERY, QUERY_MARKS).replaceAll(' ', '+');
  return `${origin}${inPath === '' && query !== '' ? '/' : inPath}${query === '' ? '' : `?${inQuery}`}`;
}

function requoted(text: string, plain: RegExp, marks: RegExp): string {
  const isQuery = plain === QUERY;
  return text.replace(/%[\dA-Fa-f]{2}|./gsu, (part) => {
    if (part.length === 3 && part.startsWith('%')) {
      const character = String.fromCharCode(Number.parseInt(part.slice(1), 16));
      return plain.test(character) ? character : part.toUpperCase();
    }
    if (plain.test(part) || marks.test(part) || (isQuery && part === ' ')) return part;
    return [...Buffer.from(part)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('');
  });
}

function withoutDots(path: string): string {
  if (!path.includes('.')) return path;
  const parts = path.split('/').slice(1);
  const kept: string[] = [];
  for (const part of parts)
    if (part === '..') kept.pop();
    else if (part !== '.') kept.push(part);
  if (['.', '..'].includes(parts.at(-1)!)) kept.push('');
  return `/${kept.join('/')}`;
}
