// What a command prints as its result: lines for people, or one JSON value. Warnings and errors do not pass here.

/** Of every command. */
export interface OutputFlags {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

export interface Printer {
  /** One line for people: not with `--json`, not with `-q`. */
  readonly line: (text: string) => void;
  /** Whole lines for people. */
  readonly text: (text: string) => void;
  /** The result of `--json`; with `-q` too, which drops only what is for people. */
  readonly json: (value: unknown) => void;
}

export function makePrinter({ json, quiet }: OutputFlags): Printer {
  const text = (whole: string): void => {
    if (!json && !quiet) process.stdout.write(whole);
  };
  return {
    text,
    line: (line) => text(`${line}\n`),
    json(value) {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
  };
}
