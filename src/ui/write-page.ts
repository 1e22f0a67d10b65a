// Writes the page of a project into a file.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { PipeError } from '../base/problem.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { naming } from '../disk/system-problem.ts';
import type { OverlayFlags } from '../session/load.ts';
import { pageDocument, type PageChoice } from './page-document.ts';
import { exportedHtml, PAGE_MARK } from './page-html.ts';

/** @param file absolute. @throws PipeError for a pipeline that cannot be loaded, or a file that is not a page. */
export async function writePage(file: string, flags: OverlayFlags, choice: PageChoice): Promise<void> {
  refuseForeignPage(file);
  const html = exportedHtml(await pageDocument(flags, choice));
  naming(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, html);
  });
}

/** A page of ours may be replaced, a file of the user's may not. */
export function refuseForeignPage(file: string): void {
  if (!existsSync(file)) return;
  if (statSync(file).isFile() && readFileSync(file).toString('utf8', 0, 2048).includes(PAGE_MARK)) return;
  throw new PipeError({
    code: 'page-out-exists',
    title: `${relative(process.cwd(), file)} exists, and is not a page of pipe`,
    hint: 'name another file, or move it away',
  });
}
