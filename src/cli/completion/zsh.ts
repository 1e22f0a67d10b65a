// The completion script of zsh. Commands and flags are literal; only names of stages, remotes, experiments and revisions start a process.
import type { CompletedCommand, CompletedFlag, Values } from './command-line.ts';

export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef pipe
# Completion of pipe for zsh: eval "$(pipe completion zsh)" after compinit, or as a file _pipe in a folder of fpath
_pipe_names() { local -a names; names=("\${(@f)$(pipe completion names $1 2> /dev/null)}"); compadd -a names }
_pipe_targets() { _pipe_names targets; _files }
_pipe_remotes() { _pipe_names remotes }
_pipe_experiments() { _pipe_names experiments }
_pipe_revisions() { _pipe_names revisions }
${commands.map(commandFunction).join('\n')}
if [[ $funcstack[1] == _pipe ]]; then _pipe "$@"; else compdef _pipe pipe; fi
`;
}

function commandFunction({ path, commands, flags, values }: CompletedCommand): string {
  const name = functionName(path);
  const specs = flags.flatMap(flagSpecs);
  if (commands.length === 0) {
    const rest = values === 'none' ? [] : [word(`*:: :${actionOf(values)}`)];
    return `${name}() {\n  _arguments -s -S ${[...specs, ...rest].join(' \\\n    ')}\n}`;
  }
  const list = commands.map(({ name: own, description }) => word(`${own}:${description}`));
  const cases = commands
    .filter(({ name: own }) => own !== 'help')
    .map(({ name: own }) => `      ${own}) ${functionName(`${path} ${own}`.trim())} ;;`);
  return `${name}() {
  local state line
  local -a commands
  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->arguments'"].join(' \\\n    ')} && return
  case $state in
    command)
      commands=(${list.join(' ')})
      _describe command commands ;;
    arguments)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

const functionName = (path: string): string => `_pipe${path === '' ? '' : `_${path.replaceAll(' ', '_')}`}`;

/** Each may be given several times: `-S a=1 -S b=2`. */
function flagSpecs({ names, description, values }: CompletedFlag): string[] {
  const text = description.replace(/[[\]:\\]/g, '\\$&');
  const value = values === undefined ? '' : `: :${actionOf(values)}`;
  return names.map((name) => word(`*${name}[${text}]${value}`));
}

function actionOf(values: Values): string {
  if (typeof values !== 'string') return `(${values.join(' ')})`;
  return values === 'files' ? '_files' : values === 'none' ? ' ' : `_pipe_${values}`;
}

const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
