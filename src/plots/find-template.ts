// Finds the template that a plot names: one of the project's own, a file, or a built-in one.
import { readFileSync, statSync } from 'node:fs';
import { parse, join } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import { didYouMean } from '../base/suggest.ts';
import { decode } from '../yaml/read-text.ts';
import { placer } from '../yaml/text-place.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { BUILT_IN, DEFAULT_TEMPLATE } from './templates/built-in.ts';

export interface Template {
  /** As it was named. */
  readonly name: string;
  readonly content: JsonObject;
}

/**
 * @param folder absolute, of the project's own templates; @param cwd absolute, what a path is relative to.
 * @throws PipeError `plot-template`.
 */
export function findTemplate(name: string = DEFAULT_TEMPLATE, folder: string, cwd: string): Template {
  const { dir, name: stem } = parse(name);
  const places = name === '' ? [] : [join(folder, name), join(folder, dir, `${stem}.json`), join(cwd, name)];
  for (const place of name.startsWith('/') ? [name] : places)
    if (isFile(place)) return { name, content: readTemplate(place, name) };
  const content = BUILT_IN.get(name);
  if (content) return { name, content };
  throw new PipeError({
    code: 'plot-template',
    title: `there is no template '${name}'`,
    hint: didYouMean(name, BUILT_IN.keys()) ?? '`pipe plots templates` lists them; your own are JSON files',
  });
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function readTemplate(path: string, shown: string): JsonObject {
  const text = decode(readBytes(path, shown), shown, 'plot-template');
  let content: Json;
  try {
    content = JSON.parse(text) as Json;
  } catch (error) {
    const { message } = error as SyntaxError;
    const offset = /at position (\d+)/.exec(message);
    const place = offset ? placer(text, shown)(Number(offset[1])) : { file: shown };
    const title = `not valid JSON: ${message.replace(/ (?:in JSON )?at position.*$/s, '')}`;
    throw new PipeError({ code: 'plot-template', title, place });
  }
  if (isObject(content)) return content;
  const title = 'a template is a JSON object: a specification of Vega-Lite';
  throw new PipeError({ code: 'plot-template', title, place: { file: shown } });
}

function readBytes(path: string, shown: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const title = `cannot read the template (${errno(error)})`;
    throw new PipeError({ code: 'plot-template', title, place: { file: shown } });
  }
}
