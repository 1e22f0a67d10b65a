// Rows of data as CSV text (RFC 4180, line feeds), numbers in full.

export type CsvValue = string | number;

export function csvText(columns: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return `${[columns, ...rows].map((row) => row.map(field).join(',')).join('\n')}\n`;
}

function field(value: CsvValue): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
