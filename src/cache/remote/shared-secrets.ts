// Refuses secrets from a file that git shares.
import { PipeError, withoutText } from '../../base/problem.ts';
import { SECRET_OPTIONS, type RemoteConfig } from '../../pipeline/config/remote-config.ts';

/** @throws PipeError for the first option of a remote that is secret and comes from such a file. */
export function refuseSharedSecrets(name: string, { options }: RemoteConfig): void {
  for (const [option, { shared, place }] of options ?? []) {
    if (!shared || !SECRET_OPTIONS.has(option)) continue;
    const at = place();
    throw new PipeError({
      code: 'remote-secret',
      title: `the remote '${name}' has its ${option} in a file that is committed`,
      hint: `move it with \`pipe remote modify --local ${name} ${option} -\`, and replace it by a new one`,
      ...(at && { place: withoutText(at) }),
    });
  }
}
