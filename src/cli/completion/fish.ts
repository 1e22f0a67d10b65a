// The completion script of fish. Commands and flags are literal; only names of stages, remotes, experiments and revisions start a process.
import type { CompletedCommand, CompletedFlag, Values } from './command-line.ts';

export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of pipe for fish: pipe completion fish > ~/.config/fish/completions/pipe.fish
function __pipe_path
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string join -- ' ' $path $word)
        contains -- $longer ${commands
          .filter(({ path }) => path !== '')
          .map(({ path }) => word(path))
          .join(' ')}; and set path (string split ' ' $longer)
    end
    string join -- ' ' $path
end
function __pipe_at
    set -l path (__pipe_path)
    test "$path" = "$argv"
end
function __pipe_names
    pipe completion names $argv 2> /dev/null
end
complete -c pipe -f
${commands.flatMap(completionLines).join('\n')}
`;
}

function completionLines({ path, commands, flags, values }: CompletedCommand): string[] {
  const at = `complete -c pipe -n ${word(`__pipe_at ${path}`.trim())}`;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${name} -d ${word(description)}`),
    ...flags.map((flag) => `${at} ${flagText(flag)}`),
    ...(values === 'none' ? [] : [`${at} ${valuesText(values)}`]),
  ];
}

function flagText({ names, description, values }: CompletedFlag): string {
  const forms = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value =
    values === undefined
      ? []
      : [
          values === 'none'
            ? '-x'
            : `${values === 'files' || values === 'targets' ? '-r' : '-x'} ${valuesText(values)}`,
        ];
  return [...forms, ...value, `-d ${word(description)}`].join(' ');
}

function valuesText(values: Values): string {
  if (typeof values !== 'string') return `-a ${word(values.join(' '))}`;
  if (values === 'files') return '-F';
  if (values === 'targets') return `-F -a ${word('(__pipe_names targets)')}`;
  return `-a ${word(`(__pipe_names ${values})`)}`;
}

const word = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
