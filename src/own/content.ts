// How content is hashed in a project of our own: sha256, symlinks, empty folders and executable bits included.
import type { ContentRules } from '../hash/content-rules.ts';
import { formatManifest, parseManifest } from './manifest.ts';

export const ownContent: ContentRules = {
  algorithm: 'sha256',
  digest: /^[0-9a-f]{64}(?:\.dir)?$/,
  ignoreFile: '.pipeignore',
  whyNoInnerIgnoreFile: undefined,
  isForeign: () => false,
  keepsGit: true,
  hashesAlike: false,
  keepsLinks: true,
  keepsEmptyFolders: true,
  keepsModes: true,
  formatManifest,
  parseManifest,
};
