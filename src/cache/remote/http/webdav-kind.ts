// A WebDAV server under DVC's names: webdav:// is http://, and users log in without its being said how.
import type { Declared, KindOptions, RemoteKind } from '../remote-kind.ts';
import type { Secrets } from '../credentials.ts';
import { remoteOptions } from '../remote-options.ts';
import { unsupported } from '../remote-problem.ts';
import { httpKind } from './http-kind.ts';

export const webdavKind: RemoteKind = {
  server: (declared) => httpKind.server(asHttp(declared)),
  open: (options) => httpKind.open({ ...options, ...asHttp(options), secrets: withToken(options) }),
};

function asHttp({ name, declared }: Declared): Declared {
  const options = remoteOptions({ name, declared });
  const unknown = ['cert_path', 'key_path', 'bearer_token_command'].find(
    (key) => options.text(key) !== undefined,
  );
  if (unknown !== undefined)
    throw unsupported(
      name,
      declared,
      `its option ${unknown} is not known here`,
      'go by way of rclone: `rclone: NAME`',
    );
  const header = options.text('custom_auth_header');
  return {
    name,
    declared: {
      ...declared,
      url: declared.url.replace(/^webdav/i, 'http'),
      method: 'PUT',
      ...(header !== undefined && { header }),
    },
  };
}

/** In a DVC repository the token is an option of its kind. */
function withToken(options: KindOptions): Secrets {
  const token = remoteOptions(options).text('token');
  return (kind) => options.secrets(kind) ?? (kind === 'token' && token ? { value: token } : undefined);
}
