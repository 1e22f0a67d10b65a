// Reads CSV and TSV as Python's `csv` does: quotes count only at the start of a field, two of them are one, line breaks may be quoted.

/** The records that are not empty, with the line of each, counted from 1. @param text with `\n` at the ends of lines. */
export function readRecords(text: string, delimiter: string): CsvRecord[] {
  if (text.includes('"')) return readQuoted(text, delimiter);
  return text
    .split('\n')
    .map((line, index) => ({ fields: line.split(delimiter), line: index + 1 }))
    .filter(({ fields }) => fields.length > 1 || fields[0] !== '');
}

export interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

function readQuoted(text: string, delimiter: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let [at, line] = [0, 1];
  while (at < text.length) {
    const [fields, start]: [string[], number] = [[], line];
    const begin = at;
    for (;;) {
      const { field, end } = readField(text, at, delimiter);
      fields.push(field);
      at = end + 1;
      if (text[end] !== delimiter) break;
    }
    line += text.slice(begin, at).split('\n').length - 1;
    const isEmpty = fields.length === 1 && at - begin <= 1;
    if (!isEmpty) records.push({ fields, line: start });
  }
  return records;
}

/** @returns the field, and the index of what ends it. */
function readField(text: string, from: number, delimiter: string): { field: string; end: number } {
  let at = from;
  let field = '';
  if (text[at] === '"') {
    for (at += 1; at < text.length; at += 1) {
      const quote = text.indexOf('"', at);
      const until = quote < 0 ? text.length : quote;
      field += text.slice(at, until);
      at = until + 1;
      if (text[at] !== '"') break;
      field += '"';
    }
  }
  const rest = Math.min(text.length, at);
  let end = rest;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
  return { field: field + text.slice(rest, end), end };
}
