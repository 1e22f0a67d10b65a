// How people see where imported data comes from.
import { withoutGitSecrets } from '../../base/git-url-secrets.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';
import type { Origin } from '../../pipeline/stage.ts';

export const shownOrigin = (origin: Origin): string =>
  origin.kind === 'url' ? withoutSecrets(origin.url) : `${withoutGitSecrets(origin.url)}: ${origin.path}`;
