// What a server says about a file, and the checksum that DVC makes of it: its ETag, its Content-MD5, or a number over everything
// else that it says.
import { createHash } from 'node:crypto';
import { spellPython } from '../base/spelling.ts';
import type { Content, Digest } from '../hash/digest.ts';
import { urlOfPython } from './url-of-python.ts';

/** What is known of a file, under the names that the library below DVC has, in its order. */
export type HttpInfo = Map<string, string | bigint | boolean>;

const VERSIONS = ['ETag', 'Content-MD5', 'Digest', 'Last-Modified'] as const;

/** @param url where the answer came from, after redirects; where there was none, as it is asked for. */
export function infoOf(url: string, headers: Headers): HttpInfo {
  const info: HttpInfo = new Map();
  const size = sizeIn(headers);
  if (size !== undefined) info.set('size', size);
  const type = headers.get('content-type');
  if (type !== null) info.set('mimetype', type.split(';', 1)[0]!);
  if (headers.get('accept-ranges') === 'none') info.set('partial', false);
  info.set('url', urlOfPython(url));
  for (const name of VERSIONS) {
    const value = headers.get(name);
    if (value) info.set(name, value);
  }
  return info;
}

function sizeIn(headers: Headers): bigint | undefined {
  const length = headers.get('content-length');
  const encoding = headers.get('content-encoding') ?? '';
  if (length !== null) return encoding === '' || encoding === 'identity' ? BigInt(length) : undefined;
  const total = headers.get('content-range')?.split('/')[1];
  return total !== undefined && /^\d+$/.test(total) ? BigInt(total) : undefined;
}

/** @param url as DVC names it. */
export function httpContent(url: string, info: HttpInfo): Content {
  const size = info.get('size');
  const given = info.get('ETag') ?? info.get('Content-MD5');
  const digest = typeof given === 'string' ? given : tokenOf(url, info);
  return {
    digest: digest as Digest,
    size: Number(size ?? 0),
    checksum: 'checksum',
    ...(size === undefined && { unsized: true as const }),
  };
}

/** The MD5 of the whole as Python prints it, as a decimal number. */
function tokenOf(url: string, info: HttpInfo): string {
  const all = new Map<string, string | bigint | boolean | null>([
    ['name', url],
    ['size', null],
    ...info,
    ['type', 'file'],
  ]);
  const text = `(${spellPython(all)},)`;
  return BigInt(`0x${createHash('md5').update(text).digest('hex')}`).toString();
}
