// A server that speaks HTTP, with its credentials.
import { PipeError } from '../../../base/problem.ts';
import type { RemoteConfig } from '../../../pipeline/config/remote-config.ts';
import { authorization } from '../credentials.ts';
import { parseUrl } from '../parse-url.ts';
import type { RemoteKind } from '../remote-kind.ts';
import { openHttpRemote } from './http-remote.ts';

export const httpKind: RemoteKind = {
  server: ({ name, declared }) => parseUrl(name, declared).origin,
  open({ name, declared, secrets, permit, onRetry }) {
    const url = parseUrl(name, declared);
    const { headers, secret } = authorization(declared, secrets, url);
    if (secret) permit(secret);
    if (Object.values(headers).some((value) => UNSENDABLE.test(value.trim())))
      throw unsendable(name, declared);
    url.username = '';
    url.password = '';
    const method = declared.method ?? 'PUT';
    return openHttpRemote({ name, url, headers, method, ...(onRetry && { onRetry }) });
  },
};

/** Control characters, and what is not Latin-1. */
const UNSENDABLE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

function unsendable(name: string, { place }: RemoteConfig): PipeError {
  const at = place();
  return new PipeError({
    code: 'bad-value',
    title: `the token or password of the remote '${name}' has a character that no header of HTTP can carry`,
    hint: 'look for a line break in the middle',
    ...(at && { place: at }),
  });
}
