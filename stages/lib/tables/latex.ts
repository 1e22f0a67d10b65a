// Tables as LaTeX with booktabs: to be read by \input into a document that loads the package.
import type { Cell, Table, TableColumn, TableRow } from './table.ts';

/** A `table` environment. Every character is ASCII, so that any engine and encoding takes it. */
export function latexTable({ name, caption, columns, groups }: Table): string {
  const last = columns.length;
  const body = groups.flatMap(({ level, rows }, at) => [
    at === 0 ? '\\midrule' : '\\addlinespace',
    `\\multicolumn{${last}}{@{}l}{$\\sigma = ${latexText(level)}$} \\\\`,
    ...rows.map((row) => `${row.cells.map((cell, column) => latexCell(row, cell, column)).join(' & ')} \\\\`),
  ]);
  return [
    '% Needs \\usepackage{booktabs}.',
    '\\begin{table}',
    '\\centering',
    '\\footnotesize',
    '\\setlength{\\tabcolsep}{2.8pt}',
    `\\caption{${latexText(caption)}}`,
    `\\label{tab:${name.replaceAll('_', '-')}}`,
    `\\begin{tabular}{@{}${columns.map(({ number }) => (number ? 'r' : 'l')).join('')}@{}}`,
    '\\toprule',
    `${columns.map(heading).join(' & ')} \\\\`,
    ...body,
    '\\bottomrule',
    '\\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

function heading({ title, latex }: TableColumn): string {
  return latex ?? latexText(title);
}

function latexCell({ best }: TableRow, cell: Cell, column: number): string {
  const strong = best.includes(column);
  if (typeof cell === 'string') return strong ? `\\textbf{${latexText(cell)}}` : latexText(cell);
  const number = cell.mean.replace('≈', '\\approx');
  const mean = strong ? `\\mathbf{${number}}` : number;
  return `$${mean} \\pm ${cell.deviation}$`;
}

const SYMBOLS: { readonly [character: string]: string } = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  σ: '$\\sigma$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '·': '$\\cdot$',
  '−': '$-$',
  '–': '--',
  '…': '\\ldots{}',
  '≈': '$\\approx$',
  '>': '$>$',
  '<': '$<$',
  '↓': '$\\downarrow$',
  '↑': '$\\uparrow$',
  '\u00a0': '~',
};

/** Plain text for LaTeX: what has a meaning there is escaped, the symbols of our captions are spelled out. */
export function latexText(text: string): string {
  return text.replace(/[\\{}$&#%_~^<>]|[^\0-\u007f]/gu, (character) => {
    const known = SYMBOLS[character];
    if (known !== undefined) return known;
    return /[{}$&#%_]/.test(character) ? `\\${character}` : '?';
  });
}
