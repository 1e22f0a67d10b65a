// Edits one of DVC's configuration files by ranges: what DVC wrote stays as DVC would write it, and what the user wrote, with its
// comments, stays as it is.
import { PipeError } from '../base/problem.ts';

interface Line {
  readonly start: number;
  /** After the line end. */
  readonly end: number;
  /** Lower case. */
  readonly section?: string;
  readonly option?: string;
}

interface Section {
  readonly name: string;
  readonly header: Line;
  /** Options of the section, each a line. */
  readonly options: readonly Line[];
}

const HEADER = /^\s*\[\s*(?:"(.*)"|'(.*)'|([^'"\s].*?))\s*\]/;
const OPTION = /^\s*(?:"(.*?)"|'(.*?)'|([^'"=\s#][^=]*?))\s*=/;
/** DVC writes these sections after all others, in this order. */
const NAMED = ['remote', 'machine', 'db'];

const sectionsOf = (text: string): readonly Section[] => {
  const sections: { name: string; header: Line; options: Line[] }[] = [];
  for (const line of linesOf(text)) {
    if (line.section !== undefined) sections.push({ name: line.section, header: line, options: [] });
    else if (line.option !== undefined) sections.at(-1)?.options.push(line);
  }
  return sections;
};

function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next + 1;
    const line = text.slice(start, end);
    const [header, option] = [HEADER.exec(line), OPTION.exec(line)];
    const section = header && (header[1] ?? header[2] ?? header[3]!).toLowerCase();
    const name = option && (option[1] ?? option[2] ?? option[3]!).toLowerCase();
    yield { start, end, ...(header ? { section: section! } : option && { option: name! }) };
    start = end;
  }
}

const last = <T>(items: readonly T[]): T | undefined => items.at(-1);

/** Sets an option; a section that is not there is added where DVC would write it. */
export function setOption(text: string, section: string, option: string, value: string): string {
  const found = sectionsOf(text).find(({ name }) => name === section);
  const line = `${option} = ${quoteValue(value, option)}`;
  if (!found) return addSection(text, section, `    ${line}`);
  const own = found.options.findLast((known) => known.option === option);
  const sample = own ?? last(found.options);
  const indent = sample ? /^[ \t]*/.exec(text.slice(sample.start, sample.end))![0] : '    ';
  if (own) return text.slice(0, own.start) + indent + line + lineEndAt(text, own) + text.slice(own.end);
  return insertLines(text, (last(found.options) ?? found.header).end, indent + line);
}

/** Replaces all options of a section, or adds it. */
export function declareSection(text: string, section: string, option: string, value: string): string {
  const found = sectionsOf(text).find(({ name }) => name === section);
  const others = found?.options.filter((known) => known.option !== option) ?? [];
  return setOption(removeRanges(text, others), section, option, value);
}

/** A plain section goes with its last option; one of a remote stays, as DVC keeps it. */
export function unsetOption(text: string, section: string, option: string): string {
  const found = sectionsOf(text).find(({ name }) => name === section);
  const own = found?.options.filter((known) => known.option === option) ?? [];
  if (!found || own.length === 0) return text;
  const goes = own.length === found.options.length && !isNamed(section);
  return removeRanges(text, goes ? [found.header, ...own] : own);
}

export function removeSection(text: string, section: string): string {
  const found = sectionsOf(text).filter(({ name }) => name === section);
  return removeRanges(
    text,
    found.flatMap(({ header, options }) => [{ start: header.start, end: (last(options) ?? header).end }]),
  );
}

/** Moves the section behind those of its kind, as DVC does. @param to its new name. */
export function renameSection(text: string, section: string, to: string): string {
  const found = sectionsOf(text).find(({ name }) => name === section);
  if (!found) return text;
  const body = text.slice(found.header.end, (last(found.options) ?? found.header).end);
  return addSection(removeSection(text, section), to, body.replace(/\r?\n$/, ''));
}

/** @param body lines; the last without its end. */
function addSection(text: string, section: string, body: string): string {
  const sections = sectionsOf(text);
  const kind = kindOf(section);
  const before = sections.find(({ name }) => kindOf(name) > kind);
  const lines = `${headerText(section)}${body === '' ? '' : `\n${body}`}`;
  return insertLines(text, before ? aboveComments(text, before.header.start) : text.length, lines);
}

/** The start of the comments directly above a line. */
function aboveComments(text: string, start: number): number {
  const above = /(?:^[ \t]*#[^\n]*\n)+$/m.exec(text.slice(0, start));
  return above && above.index + above[0].length === start ? above.index : start;
}

/** 0 for a plain section. */
const kindOf = (section: string): number => NAMED.findIndex((kind) => section.startsWith(`${kind} "`)) + 1;
const isNamed = (section: string): boolean => kindOf(section) > 0;

const headerText = (section: string): string => (isNamed(section) ? `['${section}']` : `[${section}]`);

function insertLines(text: string, at: number, lines: string): string {
  const eol = text.includes('\r\n') || lines.includes('\r\n') ? '\r\n' : '\n';
  const open = at > 0 && text[at - 1] !== '\n' ? eol : '';
  return text.slice(0, at) + open + lines.replaceAll(/\r?\n/g, eol) + eol + text.slice(at);
}

function lineEndAt(text: string, { start, end }: Line): string {
  return /\r?\n?$/.exec(text.slice(start, end))![0] || '\n';
}

function removeRanges(text: string, ranges: readonly { start: number; end: number }[]): string {
  return ranges
    .toSorted((a, b) => b.start - a.start)
    .reduce((left, { start, end }) => left.slice(0, start) + left.slice(end), text);
}

/** As ConfigObj quotes values. @throws PipeError for one that no line can hold. */
function quoteValue(value: string, option: string): string {
  const refuse = (why: string): never => {
    throw new PipeError({
      code: 'remote-option',
      title: `the value of '${option}' cannot be written: ${why}`,
      hint: 'give another value; nothing was changed',
    });
  };
  if (/[\r\n]/.test(value)) return refuse("DVC's configuration has one line for each value");
  if (value === '') return '""';
  const [single, double] = [value.includes("'"), value.includes('"')];
  if (single && double) {
    if (!value.includes("'''")) return `'''${value}'''`;
    return value.includes('"""') ? refuse('it has all kinds of quotes') : `"""${value}"""`;
  }
  const bare = !/^[\s'"]|[\s'"]$|[,#]/.test(value);
  if (bare) return value;
  return double ? `'${value}'` : `"${value}"`;
}
