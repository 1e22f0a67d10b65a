// The completion script of bash. Commands and flags are literal; only names of stages, remotes, experiments and revisions start a process.
import type { CompletedCommand, Values } from './command-line.ts';

/** Works in bash 3.2 (macOS) too: no associative arrays, no negative indices. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const words = commands.map(
    ({ path, commands: inner, flags }) =>
      `    ${pattern(path)}) commands="${inner.map(({ name }) => name).join(' ')}" flags="${flags.flatMap(({ names }) => names).join(' ')}" ;;`,
  );
  const values = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, values: kind }) =>
      kind === undefined
        ? []
        : [`    ${names.map((name) => pattern(`${path}:${name}`)).join('|')}) kind=${quoted(kind)} ;;`],
    ),
  );
  const args = commands.flatMap(({ path, values: kind }) =>
    kind === 'none' ? [] : [`    ${pattern(path)}) kind=${quoted(kind)} ;;`],
  );
  return `# Completion of pipe for bash: eval "$(pipe completion bash)"
_pipe() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} cur= prev= path= kind=none commands= flags= word i
  local -a words
  read -ra words <<< "$line"
  case $line in
    *[[:space:]]) prev=\${words[\${#words[@]}-1]} ;;
    *)
      cur=\${words[\${#words[@]}-1]}
      [ \${#words[@]} -gt 1 ] && prev=\${words[\${#words[@]}-2]}
      unset "words[\${#words[@]}-1]" ;;
  esac
  for ((i = 1; i < \${#words[@]}; i++)); do
    word="\${path:+$path }\${words[i]}"
    case $word in
      ${commands
        .filter(({ path }) => path !== '')
        .map(({ path }) => pattern(path))
        .join('|')}) path=$word ;;
    esac
  done
  case $path in
${words.join('\n')}
  esac
  case "$path:$prev" in
${values.join('\n')}
    *)
      if [[ $cur == -* ]]; then kind=flags
      elif [ -n "$commands" ]; then kind=commands
      else
        case $path in
${args.map((line) => `    ${line}`).join('\n')}
        esac
      fi ;;
  esac
  case $kind in
    flags) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    commands) COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    targets|remotes|experiments|revisions) IFS=$'\\n'; COMPREPLY=($(compgen -W '$(pipe completion names $kind 2> /dev/null)' -- "$cur")) ;;
    none) COMPREPLY=() ;;
    files) COMPREPLY=() ;;
    *) COMPREPLY=($(compgen -W "$kind" -- "$cur")) ;;
  esac
  # Names of stages are quoted here, and those of files by bash; only one of the two knows about @.
  local -a files=()
  case $kind in targets|files) IFS=$'\\n'; files=($(compgen -f -- "$cur")) ;; esac
  if [ \${#files[@]} -gt 0 ]; then
    COMPREPLY+=("\${files[@]}")
    compopt -o filenames 2> /dev/null
  else
    for i in "\${!COMPREPLY[@]}"; do
      [[ \${COMPREPLY[i]} == *[!A-Za-z0-9@._:/=+,%-]* ]] && COMPREPLY[i]=$(printf %q "\${COMPREPLY[i]}")
    done
  fi
  # bash replaces only what follows the last of these characters, or begins with it for @.
  local before=\${cur%"\${cur##*[@:=]}"}
  if [ -n "$before" ] && [[ $COMP_WORDBREAKS == *"\${before: -1}"* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${before%@}"}")
  fi
  return 0
}
complete -F _pipe pipe
`;
}

/** A literal pattern of `case`. */
const pattern = (text: string): string => `'${text}'`;

const quoted = (values: Values): string => (typeof values === 'string' ? values : `'${values.join(' ')}'`);
