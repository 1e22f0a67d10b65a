// Environment variables that `env:` of a stage cannot set: the stage would see a value other than the recorded one.

/** Set by the engine for every stage. */
export const ENGINE_VARIABLES = [
  'PIPE_STAGE',
  'PIPE_ROOT',
  'PIPE_RUN_ID',
  'PIPE_TMP',
  'PIPE_FINGERPRINT',
  'PIPE_PARAMS',
  'PIPE_PARAMS_FILE',
  'PIPE_RESOURCES',
  'PIPE_PROGRESS_FD',
] as const;

export type EngineVariable = (typeof ENGINE_VARIABLES)[number];

/** Set or ignored by sh, bash or zsh when they start. */
const SHELL_VARIABLES = [
  '_',
  'BASH',
  'BASHOPTS',
  'BASHPID',
  'BASH_VERSION',
  'EPOCHREALTIME',
  'EPOCHSECONDS',
  'EUID',
  'GROUPS',
  'IFS',
  'LINENO',
  'OLDPWD',
  'OPTERR',
  'OPTIND',
  'PPID',
  'PS4',
  'PWD',
  'RANDOM',
  'SHELLOPTS',
  'SHLVL',
  'SRANDOM',
  'UID',
];

const setBy = new Map<string, string>([
  ...ENGINE_VARIABLES.map((name) => [name, 'pipe'] as const),
  ...SHELL_VARIABLES.map((name) => [name, 'the shell'] as const),
]);

/** The fault of a variable that a stage declares; undefined for none. */
export function envFault(name: string, text: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return `'${name}' cannot be the name of an environment variable: use letters, digits and _`;
  const owner = setBy.get(name);
  if (owner !== undefined) return `'${name}' is set by ${owner}: the stage would not see this value`;
  if (text.includes('\0')) return 'an environment variable cannot contain a NUL character';
  if (!text.isWellFormed())
    return 'an environment variable cannot contain half of a surrogate pair, which UTF-8 cannot encode';
  return undefined;
}
