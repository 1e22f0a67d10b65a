// Writes the derived files: the schemas and docs/reference.md (from schema/*.ts), docs/errors.md (from problem-codes.ts), docs/cli.md
// (from the program) and docs/json.md (from schema/json-output/). `node scripts/docs.ts` after a change of one of them; a test checks
// that they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { problemCodes } from '../src/base/problem-codes.ts';
import { checkedSchemas, pipelineSchema } from '../schema/schema.ts';
import { cliPage } from './cli-page.ts';
import { declarationFiles, jsonPage } from './json-page.ts';
import { referencePage, type JsonSchema } from './reference.ts';

const root = join(import.meta.dirname, '..');

const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;

/** For checking, without what is for people. */
function bareSchemaOf(schema: z.ZodType): JsonSchema {
  const text = JSON.stringify(schemaOf(schema), (key, value: unknown) => {
    if (key === '$schema' || key === 'examples' || key === 'maximum') return undefined;
    return key === 'description' && typeof value === 'string' ? undefined : value;
  });
  return JSON.parse(text);
}

function checkedSchemaData(): unknown {
  return JSON.parse(
    JSON.stringify(checkedSchemas, function replace(this: unknown, _key, value: unknown) {
      return value instanceof z.ZodType ? bareSchemaOf(value) : value;
    }),
  );
}

function errorsPage(): string {
  const rows = Object.entries(problemCodes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { meaning, cure }]) => `| <a id="${code}"></a>\`${code}\` | ${cell(meaning)} | ${cell(cure)} |`,
    );
  return `# Errors

Every error has a code, shown in brackets: \`error[unknown-key]\`. An error in a pipeline, in its data or on the
machine is reported with its place and without a stack trace. A stack trace is a bug of pipe: please report it.

| code | meaning | what to do |
|---|---|---|
${rows.join('\n')}
`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** Every derived file: path and text. */
export function derivedFiles(): readonly (readonly [path: string, text: string])[] {
  const read = (file: string): string => readText(join(root, file)) ?? '';
  const json = (value: unknown, indent?: number): string => `${JSON.stringify(value, null, indent)}\n`;
  return [
    ['schema/pipeline.schema.json', json(schemaOf(pipelineSchema), 2)],
    ['schema/checked-schemas.json', json(checkedSchemaData())],
    ['docs/cli.md', cliPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/json.md', jsonPage(declarationFiles(read('schema/json-output.ts')).map(read))],
    ['docs/reference.md', referencePage(schemaOf(pipelineSchema))],
  ];
}

if (import.meta.main) {
  for (const [path, text] of derivedFiles()) {
    const file = join(root, path);
    if (readText(file) !== text) {
      writeFileSync(file, text);
      console.log(`wrote ${path}`);
    }
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
