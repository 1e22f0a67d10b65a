// The failures of single stages as problems.
import { isUrl } from '../base/workspace-path.ts';
import type { Problem } from '../base/problem.ts';
import type { Out, Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import { describeExit, type Exit } from './event.ts';

export function exitProblem(stage: Stage, exit: Exit): Problem {
  return {
    code: 'stage-failed',
    title: `the stage '${stage.address}' failed: ${describeExit(exit)}`,
    place: stage.place,
  };
}

/** One for each parameter file that lacks keys which the stage names. */
export function missingParamProblems(stage: Stage, inputs: Inputs): Problem[] {
  return [...inputs.params].flatMap(([file, values]) => {
    const keys = [...values].flatMap(([key, value]) => (value === undefined ? [`'${key}'`] : []));
    if (keys.length === 0) return [];
    return [
      {
        code: 'params-missing',
        title: `the stage '${stage.address}' depends on parameters that '${file}' does not have: ${keys.join(', ')}`,
        hint: 'add them to the file, or correct their names in `params:`',
        place: stage.place,
      },
    ];
  });
}

export function missingDepProblem(stage: Stage, path: string): Problem {
  if (isUrl(path))
    return {
      code: 'dep-missing',
      title: `the stage '${stage.address}' depends on '${path}', and only files and folders can be dependencies`,
      hint: 'download it in a stage of its own (with `always_changed: true`, if it changes), and depend on the file',
      place: stage.place,
    };
  return {
    code: 'dep-missing',
    title: `the stage '${stage.address}' depends on '${path}', which does not exist`,
    hint: 'no stage writes it: put the file there, or correct the path',
    place: stage.place,
  };
}

export function frozenMissingProblem(stage: Stage, path: string): Problem {
  return {
    code: 'frozen-out-missing',
    title: `'${path}' of '${stage.address}' is missing, and ${stage.cmd === null ? 'a data file' : 'a frozen stage'} never runs`,
    hint:
      stage.cmd === null
        ? 'fetch it (`pipe pull`), or put the file there'
        : 'remove `frozen: true` (`pipe unfreeze`), or put the file there',
    place: stage.place,
  };
}

export function lostProblem(stage: Stage): Problem {
  return {
    code: 'cache-lost',
    title: `the cache no longer has the results of '${stage.address}' intact: it runs again`,
  };
}

export function changedInputsProblem(stage: Stage, what: readonly string[]): Problem {
  return {
    code: 'dep-changed-meanwhile',
    title: `${what.map((name) => `'${name}'`).join(', ')} changed while the stage '${stage.address}' ran`,
    hint: 'its result is not recorded: the next run repeats the stage',
  };
}

export function missingOutProblem(stage: Stage, out: Out): Problem {
  return {
    code: 'out-not-written',
    title: `the stage '${stage.address}' ended well but did not write its output '${out.path}'`,
    hint: 'check the path that the command writes to, or the declaration',
    place: stage.place,
  };
}
