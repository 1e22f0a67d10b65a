// Prints the commands of the program as JSON, for command-tree.ts.
import { Command } from 'commander';
import type { CommandDescription } from './command-tree.ts';

Command.prototype.parseAsync = function print(this: Command) {
  process.stdout.write(JSON.stringify(shown(this).flatMap((command) => describe(command, ''))));
  return Promise.resolve(this);
};
await import('../src/cli/main.ts');

function describe(command: Command, above: string): CommandDescription[] {
  const name = above + command.name();
  const help = command.createHelp();
  const own = {
    name,
    description: command.description(),
    usage: `pipe ${above}${command.name()} ${command.usage()}`.trim(),
    arguments: command.registeredArguments.map((argument) => ({
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    options: command.options.map((option) => ({
      term: help.optionTerm(option),
      description: help.optionDescription(option),
    })),
    examples: examplesOf(command),
    group: shown(command).length > 0,
  };
  return [own, ...shown(command).flatMap((inner) => describe(inner, `${name} `))];
}

/** The commands of DVC that are only answered are hidden from help. */
function shown(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return command.commands.filter((inner) => visible.includes(inner));
}

function examplesOf(command: Command): string[] {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return [...text.matchAll(/^ {2}\$ (.*)$/gm)].map(([, example]) => example!);
}
