// The tables in a real TeX: pdflatex takes them with nothing but booktabs, and they fit the page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gridTable } from '../../../stages/lib/tables/grid-table.ts';
import { latexTable, latexText } from '../../../stages/lib/tables/latex.ts';
import { testTable } from '../../../stages/lib/tables/test-table.ts';
import type { Ranked } from '../../../stages/lib/measure/selection.ts';
import { sampleResults } from '../../stages/sample-results.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-tables-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As wide as a grid gets: sizes, rates and models, six configurations at each of three levels. */
function fullGrid() {
  const { levels } = sampleResults();
  return ['0.3', '0.5', '0.8'].map((name) => ({
    name,
    ranked: [64, 128, 256].flatMap((latent_dim, at) =>
      [0.001, 0.005].map((learning_rate, rate): Ranked => {
        const entry = levels[0]!.ranked[0]!;
        const model = at === 0 ? ('unet' as const) : ('cdae' as const);
        const configuration = { ...entry.configuration, latent_dim, learning_rate, model };
        return { ...entry, rank: 2 * at + rate + 1, parameters: 786_401, epochs: 38, configuration };
      }),
    ),
  }));
}

/** @returns what TeX said */
function compiled(name: string, body: string): string {
  const document = `\\documentclass[a4paper]{article}\n\\usepackage{booktabs}\n\\begin{document}\n${body}\n\\end{document}\n`;
  writeFileSync(join(folder, `${name}.tex`), document);
  const { status, stdout, error } = spawnSync(
    'pdflatex',
    ['-interaction=nonstopmode', '-halt-on-error', `${name}.tex`],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.equal(error, undefined, 'pdflatex, from the package texlive-latex-recommended, is needed');
  assert.equal(status, 0, stdout);
  return stdout;
}

test('both tables compile and fit the text width, the grid at its full size', () => {
  const { levels } = sampleResults();
  const tables = [gridTable(fullGrid()), testTable(levels)];
  for (const table of tables) writeFileSync(join(folder, `${table.name}.tex`), latexTable(table));
  const said = compiled('document', tables.map(({ name }) => `\\input{${name}}`).join('\n'));
  assert.doesNotMatch(said, /Overfull|undefined|Missing/);
  assert.match(said, /Output written on document\.pdf/);
});

test('whatever a parameter is called, TeX takes it', () => {
  const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('');
  compiled('characters', latexText(`${ascii} σ ± × · − – … ↓ ↑ µ`));
});
