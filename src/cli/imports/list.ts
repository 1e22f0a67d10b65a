// `pipe list`: what a repository has, without downloading it.
import { largest } from '../../base/extremes.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForeignStore } from '../../repository/foreign-store.ts';
import { listEntries, type ListedEntry } from '../../repository/list-entries.ts';
import { openRepository } from '../../repository/open-repository.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { reportWait } from './downloading.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

export interface ListFlags extends OutputFlags {
  readonly rev?: string;
  readonly recursive?: true;
  readonly dvcOnly?: true;
  readonly outs?: true;
  readonly size?: true;
}

/** @param path in the repository; default: all of it. @returns the exit code. */
export async function listCommand(url: string, path: string | undefined, flags: ListFlags): Promise<number> {
  const repository = await openRepository({
    url,
    bases: [process.cwd()],
    rev: flags.rev,
    committed: false,
    path: path ?? '.',
    onWait: reportWait,
  });
  const folder = mkdtempSync(join(tmpdir(), 'pipe-list-'));
  const { dialect } = repository.revision;
  const store = openForeignStore(dialect, { dir: folder, scratch: folder, root: folder, temporary: true });
  try {
    const entries = await listEntries(repository, path ?? '.', store, {
      recursive: flags.recursive === true,
      outsOnly: flags.dvcOnly === true || flags.outs === true,
      sizes: flags.size === true || flags.json === true,
    });
    const print = makePrinter(flags);
    print.json(entries.map((entry) => entryJson(entry, dialect.layout.content.algorithm)));
    for (const line of flags.size ? withSizes(entries) : entries.map(({ path }) => spelledOut(path)))
      print.line(line);
    return 0;
  } finally {
    store.close();
    repository.close();
  }
}

/** The keys are DVC's; the digest of a project of our own is a sha256. */
const entryJson = (
  { isOut, isFolder, isExecutable, size, digest, path }: ListedEntry,
  algorithm: string,
): object => ({
  isout: isOut,
  isdir: isFolder,
  isexec: isExecutable,
  size: size ?? null,
  [algorithm]: digest ?? null,
  path,
});

function withSizes(entries: readonly ListedEntry[]): readonly string[] {
  const sizes = entries.map(({ size }) => (size === undefined ? '' : bytesText(size)));
  const width = Math.max(0, largest(sizes.map(({ length }) => length)));
  return entries.map(({ path }, index) => `${sizes[index]!.padStart(width)}  ${spelledOut(path)}`);
}
