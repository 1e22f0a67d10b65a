// Options that several commands share, and how their values are read.
import { InvalidArgumentError, type Command } from 'commander';

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a whole number above 0.');
  return Number(text);
}

export function naturalNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** After a decimal point. */
export function digits(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100)
    throw new InvalidArgumentError('Expected a number of digits, from 0 to 100.');
  return Number(text);
}

const DURATION_UNITS: Readonly<Record<string, number>> = { m: 60e3, h: 3600e3, d: 86_400e3, w: 7 * 86_400e3 };

export function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  if (!amount) throw new InvalidArgumentError('Expected a time like 12h, 30d or 4w.');
  return Number(amount) * DURATION_UNITS[unit!]!;
}

export function bytes(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  if (!amount) throw new InvalidArgumentError('Expected a size like 500M or 20G.');
  return Number(amount) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(unit.toUpperCase());
}

/** Of every command that names stages. */
export const TARGETS = 'stages, groups, outputs or pipeline files; default: everything';

export const REVISIONS = 'a branch, tag or commit of git, or `workspace`';

interface OutputTexts {
  /** What `-v` adds; default: what the command works on, and how long it took. */
  readonly verbose?: string;
  /** What `--json` prints; without it the command has no result to print. */
  readonly json?: string;
}

/** `-q` and `-v`, which every command has, and `--json`. */
export function withOutput(command: Command, { verbose, json }: OutputTexts = {}): Command {
  if (json !== undefined) command.option('--json', `print ${json}`);
  return command
    .option('-q, --quiet', 'print warnings and errors only')
    .option(
      '-v, --verbose',
      verbose ?? 'print also, on stderr, the project, the versions and the time taken',
    );
}

export function withOverlay(command: Command): Command {
  return command
    .option('--params <file>', 'lay a parameter file over the parameters (may be repeated)', collect)
    .option(
      '-S, --set <key=value>',
      'replace one parameter: lr=0.1, layers[0]=9; +key=value adds one, ~key removes it (may be repeated)',
      collect,
    )
    .option('--lock <file>', 'use this lock file in place of the one beside the pipeline file');
}

export function withRun(command: Command): Command {
  return withOverlay(command)
    .argument('[targets...]', TARGETS)
    .option('-j, --jobs <n>', 'run at most n stages at a time (default: the number of CPUs)', wholeNumber)
    .option('-s, --single-item', 'only the targets, not what they depend on')
    .option('--downstream', 'the targets and everything that depends on them')
    .option('-p, --pipeline', 'the whole pipelines that the targets belong to')
    .option('-P, --all-pipelines', 'everything, as without targets')
    .option('-R, --recursive', 'a target that is a folder means all stages declared in it')
    .option('--glob', 'targets are patterns (they may be without this option too)')
    .option('--force-downstream', 'run what depends on a stage that ran, even if its inputs did not change')
    .option('-k, --keep-going', 'after a failure, continue with the stages that do not depend on it')
    .option('--ignore-errors', 'after a failure, continue with all stages, and exit with 0')
    .option('--fail-fast', 'after a failure, end the stages that are running')
    .option('--no-wait', 'fail if another run holds the project, instead of waiting for it')
    .option('--break-lock', 'take over the lock of a run on another host that is known to be dead')
    .option('--json', 'print events, one JSON object per line')
    .option('-q, --quiet', 'print failures only')
    .option('-v, --verbose', 'print fresh stages too, and on a terminal what stages print')
    .option('--profile <file>', 'write a Chrome trace of the run');
}

export function withRemote(command: Command): Command {
  return withOutput(
    withRevisions(withMeant(withOverlay(command)))
      .option('-r, --remote <name>', 'this remote in place of the default')
      .option('-j, --jobs <n>', 'transfer at most n objects at a time (default: 8)', wholeNumber)
      .option('--allow-missing', 'what neither the cache nor the remote has is a warning, not a failure'),
    { json: 'one JSON object' },
  );
}

/** Targets that mean their own outputs. */
export function withMeant(command: Command): Command {
  return command
    .argument('[targets...]', TARGETS)
    .option('-d, --with-deps', 'also everything that the targets depend on')
    .option('-R, --recursive', 'a target that is a folder means all stages declared in it')
    .option('--glob', 'targets are patterns (they may be without this option too)');
}

/** @param verb what is done with what the revisions record. */
export function withRevisions(command: Command, verb = 'also what'): Command {
  return command
    .option('-a, --all-branches', `${verb} all local git branches record`)
    .option('-T, --all-tags', `${verb} all git tags record`)
    .option('-A, --all-commits', `${verb} all git commits record`)
    .option('--rev <revision>', `${verb} this git revision records (may be repeated)`, collect);
}

export const example = (...lines: readonly string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');
