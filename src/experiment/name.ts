// Names of experiments: of files, of git branches, and in commands beside git revisions.
import { PipeError } from '../base/problem.ts';

const NAME = /^[A-Za-z0-9][\w.-]*$/;
const LONGEST = 100;
/** What commands call the workspace and git's revisions. */
const RESERVED = /^(?:workspace|head|[0-9a-f]{40})$/i;

/** @throws PipeError */
export function refuseName(name: string): void {
  const title = whyRefused(name);
  if (title === undefined) return;
  throw new PipeError({
    code: 'exp-name',
    title,
    hint: 'use letters, digits, `-`, `_` and `.`, for example `small-batch`',
  });
}

function whyRefused(name: string): string | undefined {
  if (name.length > LONGEST) return `the name of an experiment has at most ${LONGEST} characters`;
  if (RESERVED.test(name))
    return `an experiment cannot be called '${name}': commands use it for something else`;
  const bad = !NAME.test(name) || name.includes('..') || /\.(?:lock|json)?$/.test(name);
  return bad ? `'${name}' cannot be the name of an experiment` : undefined;
}
