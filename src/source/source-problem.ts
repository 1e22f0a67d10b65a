// How failures of sources read.
import { PipeError } from '../base/problem.ts';

/** Nothing is there. */
export function sourceMissing(url: string): PipeError {
  return new PipeError({
    code: 'source-missing',
    title: `'${url}' does not exist`,
    hint: 'check the spelling, and whether it was moved',
  });
}

/** It cannot be asked. @param reason in the system's words. */
export function sourceUnreachable(url: string, reason: string, hint?: string): PipeError {
  return new PipeError({
    code: 'source-unreachable',
    title: `'${url}' cannot be reached`,
    facts: [['reason', reason]],
    hint: hint ?? 'check the network and the URL, then try again',
  });
}

/** It answers, and refuses or fails. */
export function sourceRefused(url: string, reason: string, hint: string): PipeError {
  return new PipeError({
    code: 'source-refused',
    title: `'${url}' cannot be read`,
    facts: [['reason', reason]],
    hint,
  });
}

/** It is another version after each download. */
export function sourceChanging(url: string): PipeError {
  return new PipeError({
    code: 'source-changing',
    title: `'${url}' changed each time while it was downloaded`,
    hint: 'try again once nothing writes there',
  });
}

export function sourceUnsupported(url: string, reason: string, hint: string): PipeError {
  return new PipeError({ code: 'source-unsupported', title: `'${url}' cannot be read: ${reason}`, hint });
}
