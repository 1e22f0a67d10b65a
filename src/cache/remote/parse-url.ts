// Reads the URL of a remote.
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';
import { unsupported } from './remote-problem.ts';

/** @throws PipeError for a URL that cannot be read. */
export function parseUrl(name: string, declared: RemoteConfig & { readonly url: string }): URL {
  if (URL.canParse(declared.url)) return new URL(declared.url);
  throw unsupported(name, declared, 'its URL cannot be read', 'correct it');
}

/** In lower case; '' where the URL is a path. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '';
}
