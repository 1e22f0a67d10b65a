// Reads the URL of a remote.
import { fileURLToPath } from 'node:url';
import type { PipeError } from '../../base/problem.ts';
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';
import { unsupported } from './remote-problem.ts';

/** @throws PipeError for a URL that cannot be read. */
export function parseUrl(name: string, declared: RemoteConfig & { readonly url: string }): URL {
  if (URL.canParse(declared.url)) return new URL(declared.url);
  throw unreadable(name, declared);
}

export const unreadable = (name: string, declared: RemoteConfig & { readonly url: string }): PipeError =>
  unsupported(name, declared, 'its URL cannot be read', 'correct it');

/** The folder of a `file://` URL; undefined where that names none of this machine. */
export function folderOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** In lower case; '' where the URL is a path. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '';
}
