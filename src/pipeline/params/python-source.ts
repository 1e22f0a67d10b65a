// The text of a Python file and its syntax tree, which is CPython's, parsed by py-ast. Knows places, not values.
import type { ASTNode, StmtNode } from 'py-ast';
import { loadPackage } from '../../base/load-package.ts';
import { PipeError } from '../../base/problem.ts';
import { lexicalFault, type PythonFault } from './python-lexical.ts';
import { placer } from '../../yaml/text-place.ts';

export interface PythonSource {
  readonly body: readonly StmtNode[];
  /** Where a node starts in the text. */
  start(node: ASTNode): number;
  /** The text of a node. */
  text(node: ASTNode): string;
  /** The problem that the text is not valid Python. */
  invalid(fault: PythonFault): PipeError;
}

/**
 * @param text with `\n` at the end of lines; @param file its name in messages.
 * @throws PipeError where the text is not Python.
 */
export function parsePython(text: string, file: string): PythonSource {
  const place = placer(text, file);
  const invalid = ({ offset, title }: PythonFault): PipeError =>
    new PipeError({ code: 'params-unreadable', title: `not valid Python: ${title}`, place: place(offset) });
  const forbidden = /[\0\uFEFF]/.exec(text);
  if (forbidden && (forbidden[0] === '\0' || forbidden.index === 0))
    throw invalid({
      offset: forbidden.index,
      title: forbidden[0] === '\0' ? 'a NUL character' : 'a byte order mark; save the file without it',
    });
  const lines = readLines(text);
  const offsetAt = (line: number, column: number): number => lines.offset(line, column);
  const body = parse(lines.parsed, (error) => invalid(faultOf(error, text, lines)));
  const start = ({ lineno = 1, col_offset = 0 }: ASTNode): number => offsetAt(lineno, col_offset);
  return {
    body,
    start,
    text: (node) => text.slice(start(node), offsetAt(node.end_lineno ?? 1, node.end_col_offset ?? 0)),
    invalid,
  };
}

function parse(text: string, onError: (error: unknown) => PipeError): readonly StmtNode[] {
  try {
    return loadPackage('py-ast').parse(text).body;
  } catch (error) {
    throw onError(error);
  }
}

interface Lines {
  /** The text as the parser takes it. */
  readonly parsed: string;
  /** @param line from 1; @param column in bytes of UTF-8, as the tree has it. */
  offset(line: number, column: number): number;
}

/** The parser does not accept form feeds, which Python reads as a space, and at the start of a line ignores. */
function readLines(text: string): Lines {
  const lines = text.split('\n');
  const cut = lines.map((line) => /^[ \t\f]*\f/.exec(line)?.[0].length ?? 0);
  const starts: number[] = [];
  let next = 0;
  for (const line of lines) {
    starts.push(next);
    next += line.length + 1;
  }
  return {
    parsed: text.includes('\f')
      ? lines.map((line, index) => line.slice(cut[index]).replaceAll('\f', ' ')).join('\n')
      : text,
    offset(line, column) {
      const index = Math.min(Math.max(line, 1), lines.length) - 1;
      return starts[index]! + cut[index]! + unitsOf(lines[index]!.slice(cut[index]), column);
    },
  };
}

/** The number of UTF-16 units of the first `bytes` bytes of UTF-8. */
function unitsOf(line: string, bytes: number): number {
  let units = 0;
  for (let left = bytes; left > 0 && units < line.length;) {
    const code = line.codePointAt(units)!;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += code < 0x10000 ? 1 : 2;
  }
  return units;
}

/** The error of the parser, with the place of its cause where the parser reports only the end of the file. */
function faultOf(error: unknown, text: string, lines: Lines): PythonFault {
  const lexical = lexicalFault(text);
  if (lexical) return lexical;
  const { message } = error as Error;
  const at = / at line (\d+)(?:, column (\d+))?$/.exec(message);
  if (!at) {
    const title = /call stack/.test(message)
      ? 'an expression is nested too deeply'
      : 'a literal that is not valid';
    return { offset: lines.offset(firstLineWith(message, lines.parsed), 0), title };
  }
  const title = message.slice(0, at.index);
  return {
    offset: lines.offset(Number(at[1]), Number(at[2] ?? 0)),
    title: title.charAt(0).toLowerCase() + title.slice(1),
  };
}

/** The number of the first line with which the parser fails with this message, by binary search. */
function firstLineWith(message: string, text: string): number {
  const lines = text.split('\n');
  let low = 1;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (errorOf(lines.slice(0, middle).join('\n')) === message) high = middle;
    else low = middle + 1;
  }
  return low;
}

function errorOf(text: string): string | undefined {
  try {
    loadPackage('py-ast').parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
