// How people see the URL that imported data comes from.
import { withoutGitSecrets } from '../base/git-url-secrets.ts';
import { withoutSecrets } from '../base/url-secrets.ts';
import type { Origin } from './stage.ts';

export const shownUrl = ({ kind, url }: Origin): string =>
  kind === 'url' ? withoutSecrets(url) : withoutGitSecrets(url);
