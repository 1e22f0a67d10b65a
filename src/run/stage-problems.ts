// The failures of single stages as problems.
import { shellQuote } from '../base/shell-quote.ts';
import { isUrl } from '../base/workspace-path.ts';
import { withoutSecrets } from '../base/url-secrets.ts';
import type { Problem } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { pathsBeside } from '../graph/paths-beside.ts';
import type { StageGraph } from '../graph/stage-graph.ts';
import { commandsOf } from '../pipeline/commands/commands.ts';
import { depPlace } from '../pipeline/dep-place.ts';
import type { Dep, Out, Stage } from '../pipeline/stage.ts';
import type { Inputs } from '../plan/fingerprint.ts';
import { reads } from '../plan/overlap.ts';
import { undeclaredReads } from './undeclared-reads.ts';
import { describeExit, type Exit } from './event.ts';

/** @param tail the last lines that the stage printed. */
export function exitProblem(
  stage: Stage,
  exit: Exit,
  tail: readonly string[],
  stages: readonly Stage[],
): Problem {
  const undeclared = undeclaredReads(stage, stages, tail).slice(0, MOST_UNDECLARED);
  const hint = undeclared.map(({ path, by }) => `'${path}' is an output of '${by}'`).join(', ');
  return {
    code: 'stage-failed',
    title: `the stage '${stage.address}' failed: ${describeExit(exit)}`,
    facts: [
      ['command', shownCommand(stage)],
      ['folder', stage.wdir],
    ],
    ...(hint !== '' && {
      hint: `${hint}, and is not under \`deps:\` of this stage: declare it there if the stage reads it`,
    }),
    place: stage.place,
  };
}

const MOST_UNDECLARED = 3;

/** Characters. `pipe stage list --json` has a longer command in full. */
const LONGEST_COMMAND = 2000;

function shownCommand(stage: Stage): string {
  const whole = commandsOf(stage).join('\n');
  const rest = whole.length - LONGEST_COMMAND;
  return rest > 0 ? `${whole.slice(0, LONGEST_COMMAND)}… (${rest} more characters)` : whole;
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

/** More are only counted: for each the names beside it are compared, and its line is looked for. */
const MOST_MISSING = 10;

/** @param graph of the project: it knows which stage makes the file. */
export function missingDepProblems(
  stage: Stage,
  missing: readonly Dep[],
  root: string,
  graph: StageGraph,
): Problem[] {
  const named = missing.slice(0, MOST_MISSING).map((dep) => missingDepProblem(stage, dep, root, graph));
  const more = missing.length - named.length;
  if (more === 0) return named;
  const title = `${more} more of the ${stage.deps.length} dependencies of '${stage.address}' do not exist`;
  return [...named, { code: 'dep-missing', title, place: stage.place }];
}

function missingDepProblem(stage: Stage, dep: Dep, root: string, graph: StageGraph): Problem {
  const place = depPlace(root, stage, dep);
  if (isUrl(dep.path))
    return {
      code: 'dep-missing',
      title: `the stage '${stage.address}' depends on '${withoutSecrets(dep.path)}', which does not exist`,
      hint: 'check the spelling, and whether it was moved',
      place,
    };
  const makers = graph
    .dependencies(stage)
    .filter(({ outs }) => outs.some((out) => reads(dep, out)))
    .map(({ address }) => `'${address}'`);
  return {
    code: 'dep-missing',
    title: `the stage '${stage.address}' depends on '${dep.path}', which does not exist`,
    hint: makers.length > 0 ? unselectedHint(makers) : missingHint(dep, root, graph),
    place,
  };
}

const unselectedHint = (makers: readonly string[]): string =>
  `${makers.slice(0, 3).join(', ')} ${makers.length === 1 ? 'makes it, and was' : 'make it, and were'} not selected: run without --single-item, or select ${makers.length === 1 ? 'it' : 'them'} too`;

/** With the names of files and outputs that are nearly the same. */
function missingHint(dep: Dep, root: string, { stages }: StageGraph): string {
  const outs = stages.flatMap((other) => other.outs.map(({ at }) => at));
  const near = didYouMean(dep.at, [...pathsBeside(root, dep.at), ...outs], 3);
  return near === undefined
    ? 'no stage writes it: put the file there, or correct the path'
    : `no stage writes it; ${near}`;
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
    title: `${what.map((name) => `'${withoutSecrets(name)}'`).join(', ')} changed while the stage '${stage.address}' ran`,
    hint: 'its result is not recorded: the next run repeats the stage',
  };
}

export function changedInExperimentProblem(stage: Stage, what: readonly string[]): Problem {
  return {
    code: 'exp-input-changed',
    title: `the stage '${stage.address}' changed what it reads: ${what.map((name) => `'${withoutSecrets(name)}'`).join(', ')}`,
    hint: 'let it write to a file of its own, declared under `outs:`; or wait with changes of files until the experiments have ended',
    place: stage.place,
  };
}

/** How an output can be made that neither the cache nor a remote has; undefined for data that only people can bring. */
export function remakingHint({ address, cmd, origin }: Stage): string | undefined {
  if (cmd !== null) return `run the stage again (\`pipe repro ${shellQuote(address)}\`)`;
  if (!origin) return undefined;
  return origin.foreign
    ? `let DVC bring it (\`dvc pull ${address}\`)`
    : `bring it from its source (\`pipe update ${shellQuote(address)}\`)`;
}

export function missingOutProblem(stage: Stage, out: Out): Problem {
  if (stage.cmd === null)
    return {
      code: 'data-missing',
      title: `'${out.at}' does not exist`,
      hint: `put it there, restore it (\`pipe checkout ${shellQuote(stage.address)}\`), or stop tracking it (\`pipe remove ${shellQuote(stage.address)}\`)`,
      place: stage.place,
    };
  return {
    code: 'out-not-written',
    title: `the stage '${stage.address}' ended well but did not write its output '${out.path}'`,
    hint: 'check the path that the command writes to, or the declaration',
    place: stage.place,
  };
}
