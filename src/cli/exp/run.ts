// `pipe exp run`: runs experiments, or prints which ones it would run.
import { countText } from '../../show/text/count-text.ts';
import type { AskedExperiments, Plan } from '../../session/experiments/plan.ts';
import { planNow, runAsked, type RunExperimentsFlags } from '../../session/experiments/run.ts';
import { makePrinter } from '../printer.ts';
import { expShowCommand } from './show.ts';

export interface ExpRunFlags extends RunExperimentsFlags {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly grid?: string;
  readonly random?: number;
  readonly seed?: number;
  readonly target?: readonly string[];
  readonly failed?: true;
  readonly force?: true;
  readonly dry?: true;
}

/** @returns the exit code. */
export async function expRunCommand(name: string | undefined, flags: ExpRunFlags): Promise<number> {
  const asked: AskedExperiments = {
    name: name ?? flags.name,
    set: flags.set ?? [],
    grid: flags.grid,
    random: flags.random,
    seed: flags.seed ?? 0,
    targets: flags.target ?? [],
    failed: flags.failed === true,
    force: flags.force === true,
  };
  const print = makePrinter(flags);
  if (flags.dry) {
    print.text(planText(await planNow(asked, flags)));
    return 0;
  }
  const { code, names } = await runAsked(asked, flags);
  if (!flags.json && !flags.quiet && names.length > 0) await expShowCommand(names, {});
  else if (names.length === 0 && code === 0) print.line('No experiment failed or was interrupted.');
  return code;
}

function planText({ planned }: Plan): string {
  const width = Math.max(0, ...planned.map(({ member }) => member.name.length));
  const lines = planned.map(({ member, experiment }) =>
    [
      member.name.padEnd(width),
      member.overlays.join('  ') || 'as in the files',
      experiment.texts.size > 0 ? `(${[...experiment.texts.keys()].join(', ')})` : '',
    ]
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `${countText(planned.length, 'experiment')}; nothing was run.`].join('\n') + '\n';
}
