// How failures of remotes read.
import { PipeError, type Problem } from '../../base/problem.ts';
import type { RemoteConfig } from '../../pipeline/config/remote-config.ts';

interface At {
  readonly name: string;
  readonly url: string;
  /** The server, where the URL does not name it. */
  readonly endpoint?: string | undefined;
}

const factsOf = ({ url, endpoint }: At, reason: string): NonNullable<Problem['facts']> => [
  ['remote', url],
  ...(endpoint === undefined ? [] : [['endpoint', endpoint] as const]),
  ['reason', reason],
];

/** Nothing answers there. @param reason in the system's words. */
export function unreachable(at: At, reason: string, hint?: string): PipeError {
  return new PipeError({
    code: 'remote-unreachable',
    title: `the remote '${at.name}' cannot be reached`,
    facts: factsOf(at, reason),
    hint: hint ?? 'check the network and the URL, then try again',
  });
}

/** It answers, and refuses. */
export function refused(at: At, doing: string, reason: string, hint: string): PipeError {
  return new PipeError({
    code: 'remote-refused',
    title: `the remote '${at.name}' does not let us ${doing}`,
    facts: factsOf(at, reason),
    hint,
  });
}

/** It answers, and fails. */
export function failed(at: At, doing: string, reason: string, hint = 'try again later'): PipeError {
  return new PipeError({
    code: 'remote-failed',
    title: `the remote '${at.name}' failed to ${doing}`,
    facts: factsOf(at, reason),
    hint: `${hint}; what was transferred already is kept`,
  });
}

export const full = (at: At, doing: string): PipeError =>
  failed(at, doing, 'no space is left there', 'free some space there, then try again');

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
