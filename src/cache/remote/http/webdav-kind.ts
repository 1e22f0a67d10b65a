// A WebDAV server under DVC's names: webdav:// is http://, and users log in without its being said how.
import type { Declared, RemoteKind } from '../remote-kind.ts';
import { remoteOptions } from '../remote-options.ts';
import { unsupported } from '../remote-problem.ts';
import { httpKind } from './http-kind.ts';

export const webdavKind: RemoteKind = {
  server: (declared) => httpKind.server(asHttp(declared)),
  open: (options) => httpKind.open({ ...options, ...asHttp(options) }),
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
  const token = declared.token ?? options.text('token');
  return {
    name,
    declared: {
      ...declared,
      url: declared.url.replace(/^webdav/i, 'http'),
      method: 'PUT',
      ...(header !== undefined && { header }),
      ...(token !== undefined && { token }),
    },
  };
}
