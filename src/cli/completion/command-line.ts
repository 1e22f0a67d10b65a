// The command line as data for completion scripts: commands, their flags, and what their arguments name.
import type { Argument, Command, Option } from 'commander';
import type { NameKind } from './shells.ts';

/** `targets`: stages, groups, and files; `revisions`: of git, and experiments. Texts are the possible values themselves. */
export type Values = NameKind | 'files' | 'none' | readonly string[];

export interface CompletedFlag {
  /** `-j`, `--jobs`; one of them may be missing. */
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined: the flag has no value. */
  readonly values: Values | undefined;
}

export interface CompletedCommand {
  /** `stage add`; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  /** Commands below it, with their descriptions. */
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly CompletedFlag[];
  readonly values: Values;
}

/** The program and every command that its help shows. */
export function completedCommands(program: Command, path = ''): CompletedCommand[] {
  const help = program.createHelp();
  const visible = help.visibleCommands(program);
  const commands = visible.map((command) => ({
    name: command.name(),
    description: firstPhrase(command.description()),
  }));
  const own: CompletedCommand = {
    path,
    description: firstPhrase(program.description()),
    commands,
    flags: help.visibleOptions(program).map(flagOf),
    values: argumentValues(program.registeredArguments, path),
  };
  const inner = visible
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => completedCommands(command, `${path} ${command.name()}`.trim()));
  return [own, ...inner];
}

/** Descriptions beside completions are short. */
const firstPhrase = (text: string): string => text.split(/[;:(,]/)[0]!.trim();

function flagOf(option: Option): CompletedFlag {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: firstPhrase(option.description),
    values: option.required || option.optional ? valuesNamed(option.flags) : undefined,
  };
}

/** @param path of the command. */
function argumentValues(given: readonly Argument[], path: string): Values {
  const [first] = given;
  if (!first) return 'none';
  if (first.argChoices) return first.argChoices;
  if (/^(?:targets|target|stages|stage)$/.test(first.name())) return 'targets';
  if (/^exp (?!run|save)/.test(path)) return 'experiments';
  if (/ diff$|^diff$/.test(path)) return 'revisions';
  if (first.name() === 'name' && path.startsWith('remote')) return 'remotes';
  return first.name() === 'id' ? 'none' : 'files';
}

/** @param flags `-r, --remote <name>`. */
function valuesNamed(flags: string): Values {
  if (flags.includes('--remote')) return 'remotes';
  if (flags.includes('<rev>')) return 'revisions';
  return /<(?:file|folder|path)>/.test(flags) ? 'files' : 'none';
}
