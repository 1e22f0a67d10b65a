// docs/json.md: the declarations that schema/json-output.ts exports, section by section. Only scripts/docs.ts calls it.

const INTRODUCTION = `# JSON output

What each command prints with \`--json\`, as TypeScript types. Results are on standard output; errors that end a command are text on
standard error, and the exit code is not 0.

The shapes follow the version of the package. A minor version may add a key, an event or a kind of reason, so ignore those that you do
not know. Only a major version (before 1.0: a minor one, named in the change log) removes or renames one. Paths are relative to the
project's root, with \`/\`.

The same declarations as a file: [schema/json-output.ts](../schema/json-output.ts). The tests compile real outputs against them.
`;

/** The files that schema/json-output.ts exports, in its order. */
export const declarationFiles = (text: string): readonly string[] =>
  [...text.matchAll(/ from '\.\/(json-output\/[\w-]+\.ts)'/g)].map(([, file]) => `schema/${file}`);

/** @param declarations the texts of these files. */
export function jsonPage(declarations: readonly string[]): string {
  const sections = declarations.flatMap((text) => text.split(/^\/\/ # /m).slice(1));
  const texts = sections.map((section) => {
    const [title, ...code] = section.split('\n');
    return `## ${title}\n\n\`\`\`ts\n${code
      .join('\n')
      .trim()
      .replaceAll(/^export |readonly /gm, '')}\n\`\`\`\n`;
  });
  return [INTRODUCTION, ...texts].join('\n');
}
