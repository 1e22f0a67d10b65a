// `pipe ui`: serves the page of the project on this machine until it is stopped.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInBrowser } from '../open-in-browser.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import type { OverlayFlags } from '../../session/load.ts';
import { EXIT_CODES, listenForSignals } from '../../session/stop-signals.ts';
import { openPageServer } from '../../ui/server.ts';

export interface ServeFlags extends OverlayFlags, OutputFlags {
  readonly port?: number;
  readonly open?: true;
}

/** @returns the exit code: that of the signal which ended it. @throws PipeError for a pipeline that cannot be loaded. */
export async function serveCommand(flags: ServeFlags): Promise<number> {
  const signalled = Promise.withResolvers<number>();
  const ignoreSignals = listenForSignals((signal) => signalled.resolve(EXIT_CODES[signal]));
  const server = await openPageServer(flags.port ?? 0, flags);
  const redirect = flags.open && writeRedirect(server.url);
  try {
    makePrinter(flags).line(`${server.url}\nCtrl-C ends.`);
    if (redirect !== undefined && redirect) openInBrowser(redirect.file);
    return await signalled.promise;
  } finally {
    ignoreSignals();
    if (redirect) rmSync(redirect.folder, { recursive: true, force: true });
    await server.close();
  }
}

/** The command line of a browser is seen by every user of the machine: it names a private file, which has the token in it. */
function writeRedirect(url: string): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-ui-'));
  const file = join(folder, 'open.html');
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${url}">\n`,
    {
      mode: 0o600,
    },
  );
  return { folder, file };
}
