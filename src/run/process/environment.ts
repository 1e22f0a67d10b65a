// The environment of a command, in two parts: a run starts many commands, and most variables are the same for all of them.

export interface Variables {
  /** Undefined: the command does not have it. */
  readonly [name: string]: string | undefined;
}

export interface Environment {
  /** The same object for all commands of a run. */
  readonly inherited: Variables;
  /** What this command has besides, or instead. */
  readonly own: Variables;
}

export const valueOf = ({ inherited, own }: Environment, name: string): string | undefined =>
  name in own ? own[name] : inherited[name];

export const wholeEnvironment = ({ inherited, own }: Environment): Variables => ({ ...inherited, ...own });

/** As execve(2) takes them. */
export const assignments = (variables: Variables): string[] =>
  Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
