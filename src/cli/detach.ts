// `pipe repro --detach`: hands the run over, and says where it goes on.
import { startDetached, submitDetached } from '../session/detached/detach.ts';
import { select, type SelectFlags } from '../session/select-stages.ts';
import { makePrinter } from './printer.ts';

export interface DetachFlags extends SelectFlags {
  readonly detach?: true;
  readonly detachJob?: true;
  readonly quiet?: true;
}

/** @returns the exit code: that of the run, where it is over at once. @throws PipeError for what cannot run at all. */
export async function detachCommand(targets: readonly string[], flags: DetachFlags): Promise<number> {
  // Mistakes are reported here, where a user sees them.
  const { loaded } = await select(targets, flags);
  const args = withoutDetach(process.argv.slice(2));
  const detached = await (flags.detachJob ? submitDetached(args, loaded) : startDetached(args, loaded));
  const printer = makePrinter({ ...(flags.quiet && { quiet: true }) });
  if (detached.kind === 'ended') {
    printer.text(detached.printed);
    return detached.code;
  }
  printer.line(`The run goes on ${detached.where}. \`pipe attach\` follows it; \`${detached.end}\` ends it.`);
  return 0;
}

/** What the user typed, without what led here. */
const withoutDetach = (args: readonly string[]): readonly string[] =>
  args.filter((arg) => arg !== '--detach' && arg !== '--detach-job');
