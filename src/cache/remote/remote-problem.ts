// How failures of remotes read.
import { PipeError } from '../../base/problem.ts';
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';

interface At {
  readonly name: string;
  readonly url: string;
}

/** Nothing answers there. @param reason in the system's words. */
export function unreachable({ name, url }: At, reason: string, hint?: string): PipeError {
  return new PipeError({
    code: 'remote-unreachable',
    title: `the remote '${name}' cannot be reached`,
    facts: [
      ['remote', url],
      ['reason', reason],
    ],
    hint: hint ?? 'check the network and the URL, then try again',
  });
}

/** It answers, and refuses. */
export function refused({ name, url }: At, doing: string, reason: string, hint: string): PipeError {
  return new PipeError({
    code: 'remote-refused',
    title: `the remote '${name}' does not let us ${doing}`,
    facts: [
      ['remote', url],
      ['reason', reason],
    ],
    hint,
  });
}

/** It answers, and fails. */
export function failed({ name, url }: At, doing: string, reason: string): PipeError {
  return new PipeError({
    code: 'remote-failed',
    title: `the remote '${name}' failed to ${doing}`,
    facts: [
      ['remote', url],
      ['reason', reason],
    ],
    hint: 'try again later; what was transferred already is kept',
  });
}

/** What is declared cannot be used. */
export function unsupported(name: string, { place }: RemoteConfig, reason: string, hint: string): PipeError {
  const at = place();
  return new PipeError({
    code: 'remote-unsupported',
    title: `the remote '${name}' cannot be used: ${reason}`,
    hint,
    ...(at && { place: at }),
  });
}
