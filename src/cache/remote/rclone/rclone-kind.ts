// A storage by way of the user's rclone: `rclone://NAME/folder`, or another URL with `rclone: NAME` beside it.
import { tmpdir } from 'node:os';
import type { Declared, RemoteKind } from '../remote-kind.ts';
import { remoteOptions } from '../remote-options.ts';
import { unsupported } from '../remote-problem.ts';
import { rclonePlace } from './rclone-place.ts';
import { openRcloneRemote } from './rclone-remote.ts';

export const rcloneKind: RemoteKind = {
  // Whoever gets secrets is known to rclone alone.
  server: () => undefined,
  open(options) {
    const { name, declared, scratch = tmpdir() } = options;
    const place = placeOf(options);
    const { url } = declared;
    const shown = url.replace(/^([a-z0-9+]+:\/\/)[^/@]*@/i, '$1');
    return openRcloneRemote({
      name,
      url: shown.startsWith('rclone:') ? shown : `${shown}, by rclone as ${place}`,
      place,
      scratch,
    });
  },
};

function placeOf({ name, declared }: Declared): string {
  const found = rclonePlace(declared.url, remoteOptions({ name, declared }).text('rclone'));
  if ('wrong' in found) throw unsupported(name, declared, found.wrong, found.hint);
  return found.place;
}
