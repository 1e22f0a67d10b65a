// A Dockerfile as data: its stages and their instructions, arguments filled in. As much of the language as ours uses.

export interface Instruction {
  readonly name: string;
  /** The rest of the line, joined where it goes on, as it stands. */
  readonly text: string;
  /** `--from=build` and its like. */
  readonly flags: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

const KNOWN = ['ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'FROM', 'RUN', 'USER', 'WORKDIR'];

/** @throws where there is an instruction that nobody here knows */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const globals = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    if (!KNOWN.includes(instruction.name)) throw new Error(`unknown instruction ${instruction.name}`);
    if (instruction.name === 'FROM') {
      const [image = '', , name] = filledIn(instruction.text, globals).split(/\s+/);
      stages.push({ image, name, instructions: [] });
    } else if (stages.length > 0) stages.at(-1)!.instructions.push(instruction);
    else globals.set(...assignment(instruction.text));
  }
  return stages;
}

/** `NAME=value` or `NAME="value"` → both. */
export function assignment(text: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^(\w+)=?(.*)$/s.exec(text)!;
  return [name, value.replace(/^"(.*)"$/, '$1')];
}

export function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$\{(\w+)\}|\$(\w+)/g,
    (_, braced: string, bare: string) => values.get(braced ?? bare) ?? '',
  );
}

function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line)!;
      const flags: Record<string, string> = {};
      const text = rest.replaceAll(/^--(\w+)=(\S+)\s+/g, (_, flag: string, value: string) => {
        flags[flag] = value;
        return '';
      });
      return { name, text, flags };
    });
}
