// docs/cli.md: every command and flag, made from the program. Only scripts/docs.ts calls it.
import { commandTree, type CommandDescription, type Described } from './command-tree.ts';

const INTRODUCTION = `# Commands

\`pipe COMMAND --help\` prints the same in a terminal. Every command has \`-h, --help\`. \`pipe --version\` prints the version.

A *target* is a stage (\`train\`, \`train@0.1\`, \`sub/pipeline.yaml:train\`), a group (\`train\`, for all its members), an output
(\`model.pkl\`), a pipeline file, or a pattern (\`train@*\`).

| exit code | |
|---|---|
| 0 | success |
| 1 | an error, a failed stage, or what \`--check\` and \`verify\` look for |
| 129, 130, 143 | ended by a closed terminal, Ctrl-C, or SIGTERM |
`;

/** Options that several commands share are described once, under this heading. */
const SHARED = 'Parameters and lock file';

export function cliPage(): string {
  const commands = commandTree();
  const shared = sharedOptions(commands);
  const list = commands
    .map(({ name, description }) => `| [\`pipe ${name}\`](#${slug(name)}) | ${cell(description)} |`)
    .join('\n');
  return [
    INTRODUCTION,
    `| command | |\n|---|---|\n${list}\n`,
    `## ${SHARED}\n\nTaken by every command below that says so.\n\n${table('option', shared)}`,
    ...commands.map((command) => section(command, shared)),
  ].join('\n');
}

function sharedOptions(commands: readonly CommandDescription[]): readonly Described[] {
  const repro = commands.find(({ name }) => name === 'repro');
  return repro!.options.filter(({ term }) => /^(?:--params|-S, --set|--lock) /.test(term));
}

function section(command: CommandDescription, shared: readonly Described[]): string {
  const has = (option: Described): boolean => command.options.some((own) => isSame(own, option));
  const takesShared = shared.every(has);
  const options = takesShared
    ? command.options.filter((option) => !shared.some((one) => isSame(one, option)))
    : command.options;
  const parts = [
    `## pipe ${command.name}\n`,
    `${sentence(command.description)}\n`,
    ...(command.group ? [] : [`\`\`\`text\n${command.usage}\n\`\`\`\n`]),
    table('argument', command.arguments),
    table('option', options),
    ...(takesShared ? [`Also the options of [parameters and lock file](#${slug(SHARED, '')}).\n`] : []),
    ...(command.examples.length > 0 ? [`\`\`\`sh\n${command.examples.join('\n')}\n\`\`\`\n`] : []),
  ];
  return parts.filter(Boolean).join('\n');
}

function table(what: string, rows: readonly Described[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(({ term, description }) => `| \`${cell(term)}\` | ${cell(description)} |`);
  return `| ${what} | |\n|---|---|\n${lines.join('\n')}\n`;
}

const isSame = (a: Described, b: Described): boolean => a.term === b.term && a.description === b.description;
const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;
/** The anchor that GitHub gives a heading. */
const slug = (heading: string, before = 'pipe '): string =>
  `${before}${heading}`.toLowerCase().replaceAll(' ', '-');
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
