// Writes the page of plots.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { errno, PipeError } from '../../base/problem.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { replaceFile } from '../../disk/replace-file.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import type { DrawnPlot } from '../../plots/draw-plots.ts';
import { decode } from '../../yaml/read-text.ts';
import type { Loaded } from '../../session/load.ts';
import { pageScript } from '../../show/plots/draw-bundle.ts';
import { pageData } from '../../show/plots/page-data.ts';
import { filledHtml, PAGE_MARK, pageHtml, PLACEHOLDERS } from '../../show/plots/page-html.ts';

export interface PageOptions {
  readonly loaded: Loaded;
  readonly htmlTemplate?: string;
  readonly open?: true;
}

/** @param out absolute: a folder, or a file whose name ends in `.html`. @returns the file. */
export function writePage(plots: readonly DrawnPlot[], out: string, options: PageOptions): string {
  const { root } = options.loaded.project;
  const file = extname(out) === '.html' ? out : join(out, 'index.html');
  const places = options.loaded.dialect.plots(root);
  const template = options.htmlTemplate ?? places.htmlTemplate;
  if (template === undefined) refuseForeign(file);
  const data = pageData(plots, basename(root));
  const html =
    template === undefined
      ? pageHtml(data, pageScript())
      : filledHtml(readTemplate(resolve(template)), data, pageScript());
  makeFolder(dirname(file), 'write the plots');
  replaceFile(file, html);
  if (options.open ?? places.opens) openInBrowser(file);
  return file;
}

/** A page of pipe or of DVC may be replaced, a file of the user's may not. */
function refuseForeign(file: string): void {
  if (!existsSync(file)) return;
  const start = readFileSync(file).toString('utf8', 0, 4096);
  if (start.includes(PAGE_MARK) || start.includes('<title>DVC Plot</title>')) return;
  const shown = relative(process.cwd(), file);
  throw new PipeError({
    code: 'plot-out-exists',
    title: `${shown} exists, and is not a page of plots`,
    hint: 'name another folder with `--out`, or move the file away',
  });
}

function readTemplate(file: string): string {
  const shown = relative(process.cwd(), file);
  const title = `the page template lacks ${PLACEHOLDERS.plots}`;
  try {
    const text = decode(readFileSync(file), shown, 'plot-template');
    if (text.includes(PLACEHOLDERS.plots)) return text;
  } catch (error) {
    if (error instanceof PipeError) throw error;
    const title = `cannot read the page template (${errno(error)})`;
    throw new PipeError({ code: 'plot-template', title, place: { file: shown } });
  }
  throw new PipeError({ code: 'plot-template', title, place: { file: shown } });
}
