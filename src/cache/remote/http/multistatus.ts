// Reads what a WebDAV server answers to PROPFIND (RFC 4918): the files and folders of a folder. The prefixes of the tags are the
// server's choice.
import type { Listed } from '../remote.ts';

export interface ListedFolder {
  readonly files: readonly Listed[];
  /** Below the base, each with the slash at its end. */
  readonly folders: readonly string[];
}

const tag = (name: string): RegExp =>
  new RegExp(String.raw`<(?:[\w-]+:)?${name}(?:\s[^>]*)?>([^]*?)</(?:[\w-]+:)?${name}>`, 'gi');

/** @param base of the remote; @param folder below it, with the slash at its end. Whatever is not inside of it is left out. */
export function readMultistatus(xml: string, base: URL, folder: string): ListedFolder {
  const files: Listed[] = [];
  const folders: string[] = [];
  for (const [, response] of xml.matchAll(tag('response'))) {
    const text = (name: string): string | undefined => tag(name).exec(response!)?.[1]?.trim();
    const key = keyOf(text('href') ?? '', base);
    const inside = key?.startsWith(folder) ? key.slice(folder.length) : '';
    // The folder itself is among them; nothing deeper was asked for.
    if (key === undefined || inside === '' || /[/].|^\.\.?(?:[/]|$)/.test(inside)) continue;
    if (/<(?:[\w-]+:)?collection\b/i.test(text('resourcetype') ?? ''))
      folders.push(key.replace(/[/]?$/, '/'));
    else if (!inside.endsWith('.tmp'))
      files.push({
        key,
        size: Number(text('getcontentlength') ?? 0),
        time: Date.parse(text('getlastmodified') ?? ''),
      });
  }
  return { files, folders };
}

function keyOf(href: string, base: URL): string | undefined {
  const plain = href.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
  try {
    const path = decodeURIComponent(new URL(plain, base).pathname);
    const start = decodeURIComponent(base.pathname);
    return path.startsWith(start) ? path.slice(start.length) : undefined;
  } catch {
    return undefined; // no URL, or no UTF-8
  }
}
