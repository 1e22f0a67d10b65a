// Commands that need no shell: the name of a program, arguments, and files for its input and output, all of them words in which no
// shell finds anything to replace. Where there is any doubt, a shell runs the command.

export interface PlainCommand {
  /** The program, looked up along `PATH`, and its arguments. */
  readonly words: readonly string[];
  /** `<`, `>` or `>>` before a path, in the order in which they are opened. */
  readonly files: readonly string[];
}

/** Others may read files of the user, or take words differently. */
const SHELLS = new Set(['sh', 'dash', 'bash'].flatMap((name) => [`/bin/${name}`, `/usr/bin/${name}`]));

const TOKEN = /(<|>>?)?[ \t]*([\w./@+=,:%-]+)/g;
const PLAIN = /^[ \t]*[A-Za-z./][\w./+-]*(?:[ \t]+(?:(?:<|>>?)[ \t]*)?[\w./@+=,:%-]+)*[ \t]*$/;
/** bash opens some of them itself, and others by their numbers. */
const DEVICE = /^\/dev\/(?!null$)/;

/** What dash, bash or the shell of BusyBox does itself. */
const OF_SHELLS = new Set(
  `. : alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs disown do done
  echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local
  logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time times trap
  true type typeset ulimit umask unalias unset until wait while`.split(/\s+/),
);

/** What a shell sets, reads at its start, or does not pass on. */
const OF_ENVIRONMENT =
  /^(?:BASH\w*|EPOCH\w*|EUID|UID|GROUPS|IFS|LINENO|OPTERR|OPTIND|PPID|PS4|RANDOM|SECONDS|SHELLOPTS|SRANDOM)(?:=|$)|^\w*[^\w=]|^\d/;

/** @returns undefined for a command that a shell must run. */
export function plainCommand(text: string, shell: string): PlainCommand | undefined {
  if (!SHELLS.has(shell) || !PLAIN.test(text)) return undefined;
  const words: string[] = [];
  const files: string[] = [];
  for (const [, how, word] of text.matchAll(TOKEN)) {
    if (how === undefined) words.push(word!);
    else if (DEVICE.test(word!)) return undefined;
    else files.push(how + word!);
  }
  return OF_SHELLS.has(words[0]!) ? undefined : { words, files };
}

/** Whether a shell passes a variable on as it is, and does nothing else. @param variable its name, or NAME=VALUE. */
export const isPassedOn = (variable: string): boolean => !OF_ENVIRONMENT.test(variable);
