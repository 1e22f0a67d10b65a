// How content is hashed in a DVC repository: md5, the bytes of files only, symlinks followed.
import type { ContentRules } from '../hash/content-rules.ts';
import { existsSync, statSync } from '../disk/witnessed-fs.ts';
import { formatDvcManifest, parseDvcManifest } from './manifest.ts';

export const dvcContent: ContentRules = {
  algorithm: 'md5',
  digest: /^[0-9a-f]{32}(?:\.dir)?$/,
  ignoreFile: '.dvcignore',
  whyNoInnerIgnoreFile: 'DVC allows no .dvcignore inside of dependencies and outputs',
  isForeign,
  keepsGit: false,
  hashesAlike: true,
  keepsLinks: false,
  keepsEmptyFolders: false,
  keepsModes: false,
  formatManifest: formatDvcManifest,
  parseManifest: parseDvcManifest,
};

/** Version control, repositories inside the repository, and links to them. */
function isForeign(name: string, path: string): boolean {
  return isFolder(path) && (name === '.hg' || name === '.dvc' || existsSync(`${path}/.dvc`));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false; // links in a circle: the walk reports them
  }
}
