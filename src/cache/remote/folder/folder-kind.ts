// A folder, by its path or as a file:// URL.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { folderOfUrl, schemeOf, unreadable } from '../parse-url.ts';
import type { Declared, RemoteKind } from '../remote-kind.ts';
import { openFolderRemote } from './folder-remote.ts';

export const folderKind: RemoteKind = {
  server: () => undefined,
  open: (options) => openFolderRemote({ name: options.name, folder: folderOf(options) }),
};

function folderOf({ name, declared }: Declared): string {
  const { url, folder } = declared;
  if (schemeOf(url) === 'file') {
    const path = folderOfUrl(url);
    if (path === undefined) throw unreadable(name, declared);
    return path;
  }
  return url.startsWith('~/') ? resolve(homedir(), url.slice(2)) : resolve(folder, url);
}
