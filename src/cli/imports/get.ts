// `pipe get`: downloads from a URL or another repository, without tracking what comes.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { folderHere, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { saveAside } from '../../cache/saved.ts';
import { inFolderFor } from '../../disk/folder-for.ts';
import { makeProcessFolder, removeDeadFolders } from '../../disk/process-folder.ts';
import { systemError } from '../../disk/system-problem.ts';
import { findProject } from '../../pipeline/find-root.ts';
import { noOverlay } from '../../pipeline/params/overlay.ts';
import { bringPath } from '../../repository/bring-path.ts';
import { openForeignStore } from '../../repository/foreign-store.ts';
import { openRepository } from '../../repository/open-repository.ts';
import { dialectOf, loadAt, type Loaded } from '../../session/load.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import type { DownloadOptions } from '../../source/data-source.ts';
import { openSource } from '../../source/open-source.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { downloading, reportSaved, type Reports } from './downloading.ts';
import { targetPath } from './target-path.ts';

export interface GetFlags extends OutputFlags {
  readonly out?: string;
  readonly rev?: string;
  readonly remote?: string;
  readonly jobs?: number;
  readonly force?: true;
}

/** @param path in the repository; undefined: `from` is a URL or path of what is wanted. @returns the exit code. */
export async function getCommand(from: string, path: string | undefined, flags: GetFlags): Promise<number> {
  const target = targetPath({ from: path ?? from, to: flags.out, force: flags.force === true });
  await inFolderFor(target, () => bringTo(target, from, path, flags));
  const print = makePrinter(flags);
  const shown = relative(process.cwd(), target);
  print.json({ path: shown, from: withoutSecrets(from), ...(path !== undefined && { in: path }) });
  print.line(`Downloaded '${spelledOut(shown)}' from ${spelledOut(withoutSecrets(from))}.`);
  return 0;
}

/** @param target absolute; its folder exists. */
async function bringTo(
  target: string,
  from: string,
  path: string | undefined,
  flags: GetFlags,
): Promise<void> {
  const project = await projectAround();
  removeDeadFolders(dirname(target), ON_ITS_WAY);
  const temporary = makeProcessFolder(dirname(target), ON_ITS_WAY);
  const clean = (): void => rmSync(temporary, { recursive: true, force: true });
  // Before the folder that it is in is removed.
  process.prependListener('exit', clean);
  try {
    const came = join(temporary, 'came');
    await downloading('Downloading', flags, (reports) =>
      path === undefined
        ? getUrl(from, came, project, { ...reports, jobs: flags.jobs })
        : getFromRepository(from, path, came, temporary, flags, reports),
    );
    if (existsSync(target)) moveAside(target, project);
    renameSync(came, target);
  } catch (error) {
    throw systemError(error, { doing: `download to '${relative(process.cwd(), target)}'`, path: target });
  } finally {
    clean();
    process.off('exit', clean);
  }
}

/** Of this machine. */
const ON_ITS_WAY = `.pipe-get-${hostname()}-`;

/** Undefined outside of projects. */
async function projectAround(): Promise<Loaded | undefined> {
  const found = findProject(process.cwd());
  return found && loadAt(found, noOverlay);
}

async function getUrl(
  url: string,
  target: string,
  loaded: Loaded | undefined,
  options: Reports & Pick<DownloadOptions, 'jobs'>,
): Promise<void> {
  const { layout } = await dialectOf({ isDvcRepository: false });
  const root = loaded?.project.root ?? process.cwd();
  const folder = folderHere(root);
  const source = await openSource(workspacePath(root, folder, url), url, {
    root,
    rules: layout.content,
    remotes: loaded?.project.config.remotes,
  });
  await source.download(target, { modes: true, ...options });
}

async function getFromRepository(
  url: string,
  path: string,
  target: string,
  temporary: string,
  { rev, remote, jobs }: GetFlags,
  reports: Reports,
): Promise<void> {
  const repository = await openRepository({
    url,
    bases: [process.cwd()],
    rev,
    committed: false,
    path,
    onWait: reports.onWait,
  });
  const store = openForeignStore(repository.revision.dialect, {
    dir: join(temporary, 'objects'),
    scratch: join(temporary, 'placing'),
    root: temporary,
    temporary: true,
  });
  try {
    await bringPath(repository, path, target, store, { modes: true, remote, jobs, ...reports });
  } finally {
    store.close();
    repository.close();
  }
}

/** In a project it is saved as everything that is replaced; elsewhere it gets another name. */
function moveAside(path: string, loaded: Loaded | undefined): void {
  if (loaded && resolve(path).startsWith(`${loaded.project.root}/`)) {
    const at = relative(loaded.project.root, path) as WorkspacePath;
    const saved = saveAside(path, { at, stage: 'pipe get' }, loaded.folders.saved, false);
    reportSaved({ at, saved });
    rmSync(path, { recursive: true, force: true });
    return;
  }
  let other = `${path}.saved`;
  for (let count = 2; existsSync(other); count += 1) other = `${path}.saved-${count}`;
  renameSync(path, other);
  process.stderr.write(`what was there is now '${spelledOut(relative(process.cwd(), other))}'\n`);
}
