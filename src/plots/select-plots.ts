// Which plots a target of a command line selects: as in DVC, it is a regular expression for the beginning of a plot's name, or
// of `FILE::NAME`.

export interface Selected {
  /** The pipeline file that declares the plot. */
  readonly file: string;
  readonly name: string;
}

export function selects(target: string, { file, name }: Selected): boolean {
  const pattern = patternOf(target);
  return [name, `${file}::${name}`].some((text) => text.startsWith(target) || pattern?.test(text));
}

function patternOf(target: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${target})`);
  } catch {
    // A name with special characters.
    return undefined;
  }
}
