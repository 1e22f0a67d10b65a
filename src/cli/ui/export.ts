// `pipe ui export`: writes the page of the project into one file.
import { relative, resolve } from 'node:path';
import { makePrinter, type OutputFlags } from '../printer.ts';
import type { OverlayFlags } from '../../session/load.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { pageDocument, type PageChoice } from '../../ui/page-document.ts';
import { writePage } from '../../ui/write-page.ts';

export interface ExportFlags extends OverlayFlags, OutputFlags {
  readonly out?: string;
  readonly logs: PageChoice['logs'];
  /** False for `--no-plots`. */
  readonly plots: boolean;
}

/** @returns the exit code. */
export async function exportCommand(flags: ExportFlags): Promise<number> {
  const print = makePrinter(flags);
  if (flags.json) {
    // What the page has in it, in place of the page.
    print.json(await pageDocument(flags, flags));
    return 0;
  }
  const file = resolve(flags.out ?? 'pipeline.html');
  await writePage(file, flags, flags);
  print.line(`Written: ${spelledOut(relative(process.cwd(), file))}`);
  return 0;
}
