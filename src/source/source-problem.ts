// How failures of sources read.
import type { ProblemCode } from '../base/problem-codes.ts';
import { PipeError } from '../base/problem.ts';
import { withoutSecrets } from '../base/url-secrets.ts';

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

/** @param options that DVC wrote for it. */
export function sourceForeign(url: string, options: readonly string[]): PipeError {
  const reason =
    options.length === 1
      ? `the option ${options[0]} is not known here`
      : `the options ${options.join(', ')} are not known here`;
  return sourceUnsupported(withoutSecrets(url), reason, 'let DVC update it (`dvc update`)');
}

/** A failure of what is read as a remote is, and has no name as one. */
export function asSourceProblem(error: unknown, url: string): unknown {
  if (!(error instanceof PipeError)) return error;
  return new PipeError(
    error.problems.map((problem) => {
      const renamed = RENAMED.get(problem.code);
      if (!renamed) return problem;
      const { code, doing } = renamed;
      const facts = problem.facts?.filter(([label]) => label !== 'remote');
      return { ...problem, code, title: `'${url}' cannot be ${doing}`, ...(facts && { facts }) };
    }),
  );
}

const RENAMED: ReadonlyMap<ProblemCode, { readonly code: ProblemCode; readonly doing: string }> = new Map([
  ['remote-unreachable', { code: 'source-unreachable', doing: 'reached' }],
  ['remote-refused', { code: 'source-refused', doing: 'read' }],
  ['remote-failed', { code: 'source-unreachable', doing: 'read' }],
]);
