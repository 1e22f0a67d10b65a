// The reference page of the pipeline format, generated from its JSON Schema. Only scripts/docs.ts calls it.

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: { readonly [key: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
}

const INTRODUCTION = `# Reference: pipeline.yaml

A project is a folder with a \`pipeline.yaml\`. It is YAML 1.2. \`# yaml-language-server: $schema=…/schema/pipeline.schema.json\` in
its first line enables completion and checks in editors. All keys are listed below; other keys are refused. Keys marked *extension* are
specific to \`pipe\`; the others have the same meaning as in DVC (see [dvc.md](dvc.md)).

## Files

- The project is the outermost folder with a \`pipeline.yaml\` of the git repository around the current folder (outside of git: the
  nearest), or the nearest folder with \`.dvc/\`, where pipeline files are named \`dvc.yaml\`. In a folder with neither, a \`dvc.yaml\`
  is also read as a pipeline.
- Pipeline files of sub-folders belong to the project; the address of their stages is \`sub/pipeline.yaml:name\`. These folders are
  skipped: folders that git or \`.pipeignore\` ignores (git's syntax; \`.dvcignore\` in a DVC repository), outputs of a
  stage, \`node_modules\`, and folders with their own \`.dvc/\`.
- Parameter files are YAML, JSON, TOML or Python (literals assigned in modules, classes and to \`self\` in \`__init__\`), by their
  extension. Integers and floats are different: \`1.0\` stays \`1.0\`. From Python files, bytes, complex numbers, \`...\` and tuples as keys
  are read as the text that Python prints; an assignment of anything but a literal is ignored.
- Every file is UTF-8; any other byte is an error with its place. YAML may start with a byte order mark, JSON, TOML and Python may
  not. An empty \`pipeline.yaml\` is an error; \`stages: {}\` is a pipeline without stages.
- Files may have any size. Limits exist for constructs that expand: aliases of YAML may add 2,000,000 values,
  collections and Python brackets may be nested 200 levels deep, and a matrix may have 100,000 members.

## Templates

- \`\${a.b}\`, \`\${a[b]}\`, \`\${list[0]}\`, \`\${list[-1]}\`. Names come from \`params.yaml\` beside the pipeline file, then from \`vars\` in
  order, then from \`item\` and \`key\` in a \`foreach\` or \`matrix\`. Mappings merge; nothing is overridden.
- They are allowed in every text in \`stages\`, \`params\`, \`metrics\`, \`plots\`, \`artifacts\` and \`include\`, keys included, but not in
  names of stages or in \`vars\`. A text that consists of one template gets the value with its type.
- \`\\\${X}\` is a literal \`\${X}\`, for example for a variable of the shell. \`$X\` needs no backslash.
- In \`cmd\` a mapping becomes flags: \`{lr: 0.1, on: true, off: false, list: [1, 2]}\` → \`--lr 0.1 --on --list 1 2\`. Nested names are
  joined with dots, and texts are quoted for the shell. Keys that are numbers, booleans or null become flags too
  (\`{1: a}\` → \`--1 a\`); in a \`dvc.yaml\` they are left out, as in DVC.
- \`--params FILE\` and \`-S key=value\` of the commands override values of all these names (an *overlay*): mappings merge, lists and
  single values are replaced, and an unknown key is an error. A value that a stage declares under \`params\` is read from the
  file, so an overlay of it is refused ([why](running.md#what-a-result-is-recorded-for)).

## Members of a matrix

\`\`\`yaml
stages:
  train:
    matrix:
      - \${grid}             # {lr: [0.1, 0.01], layers: [2, 3]}
      - fold: \${folds}      # [0, 1, 2]
    defaults: \${base}       # {epochs: 50, lr: 1}: only epochs is used, since the grid has lr
    cmd: python train.py \${item}
    outs: ['models/\${key}']
\`\`\`

declares \`train@0.1-2-0\`, \`train@0.1-2-1\`, …: the last key varies fastest. A list or mapping is named by its key and index (\`data0\`).
A new key in the grid renames the stages. As a target, \`train\` means all of them.
`;

export function referencePage(schema: JsonSchema): string {
  const sections: string[] = [];
  describeObject(schema, '', sections, new Set());
  return `${INTRODUCTION}\n## Keys\n\n${sections.join('\n')}`;
}

/** A table of the keys of a mapping, then one for each mapping inside of it. */
function describeObject(schema: JsonSchema, path: string, sections: string[], seen: Set<string>): void {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return;
  const identity = JSON.stringify(properties.map(([key]) => key));
  const title = path === '' ? 'Top level' : `\`${path}\``;
  if (path !== '' && seen.has(identity)) return;
  seen.add(identity);
  const rows = properties.map(([key, value]) => {
    const required = schema.required?.includes(key) ? ' **required**' : '';
    return `| \`${key}\`${required} | ${cell(typeText(value))} | ${cell(value.description ?? '')}${cell(exampleText(value))} |`;
  });
  sections.push(`### ${title}\n\n| key | value | |\n|---|---|---|\n${rows.join('\n')}\n`);
  for (const [key, value] of properties)
    for (const inner of mappingsIn(value))
      describeObject(inner.schema, join(path, key) + inner.suffix, sections, seen);
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function mappingsIn(schema: JsonSchema, suffix = ''): { schema: JsonSchema; suffix: string }[] {
  const own = Object.keys(schema.properties ?? {}).length > 0 ? [{ schema, suffix }] : [];
  const others =
    typeof schema.additionalProperties === 'object'
      ? mappingsIn(schema.additionalProperties, `${suffix}.<name>`)
      : [];
  const items = schema.items ? mappingsIn(schema.items, `${suffix}[]`) : [];
  return [...own, ...others, ...items, ...(schema.anyOf ?? []).flatMap((one) => mappingsIn(one, suffix))];
}

function typeText(schema: JsonSchema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (typeof schema.type === 'object') return schema.type.map((type) => typeText({ type })).join(' or ');
  switch (schema.type) {
    case 'array':
      return schema.items && typeText(schema.items) !== 'anything'
        ? `list of ${typeText(schema.items)}`
        : 'list';
    case 'object': {
      const inner =
        typeof schema.additionalProperties === 'object' ? typeText(schema.additionalProperties) : 'anything';
      return inner === 'anything' || schema.properties ? 'mapping' : `mapping of names to ${inner}`;
    }
    case 'string':
      return 'text';
    case undefined:
      return 'anything';
    default:
      return schema.type;
  }
}

const exampleText = ({ examples }: JsonSchema): string =>
  examples
    ? ` For example ${examples.map((example) => `\`${typeof example === 'string' ? example : flow(example)}\``).join(', ')}.`
    : '';

/** YAML in flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${flow(item)}`)
      .join(', ')}}`;
  return typeof value === 'string' && /[${},:]/.test(value) ? `'${value}'` : String(value);
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
