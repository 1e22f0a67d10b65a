// What `pipe doctor` says of the cache: its folder, whether it can be written, and how outputs are linked to it.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errno } from '../../base/problem.ts';
import type { LinkKind } from '../../cache/link-kind.ts';
import { bytesText } from '../../show/text/bytes-text.ts';
import type { Loaded } from '../../session/load.ts';
import { brokenFindings, type Finding } from './finding.ts';

/** Bytes; with less, the next large output may not fit. */
const LITTLE_SPACE = 2 ** 30;
/** Magic numbers of statfs(2), in the order of linux/magic.h. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x5346544e: 'NTFS',
  0x01021994: 'tmpfs',
  0x65735546: 'FUSE',
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0xef53: 'ext4',
  0x58465342: 'XFS',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'ZFS',
  0x0bd00bd0: 'Lustre',
  0x47504653: 'GPFS',
  0x00c36400: 'Ceph',
};
const NETWORK: ReadonlySet<string> = new Set(['NFS', 'CIFS', 'SMB2', 'Lustre', 'GPFS', 'Ceph', 'FUSE']);

export function checkCache({ project, folders, dialect }: Loaded): Finding[] {
  const { cache } = folders;
  try {
    dialect.layout.check(cache);
  } catch (error) {
    return brokenFindings('cache', error);
  }
  // A cache that is not there yet is made below the next folder that is.
  const folder = nearestFolder(cache);
  const workspace = fileSystem(project.root);
  const own = fileSystem(folder);
  return [
    cacheFinding(cache, folder),
    fileSystemFinding('workspace', workspace.name),
    ...(own.device === workspace.device ? [] : [fileSystemFinding('cache disk', own.name)]),
    spaceFinding(own.free),
    ...linksFindings(
      project.config.cache?.links ?? ['reflink', 'copy'],
      nearestFolder(folders.placing),
      project.root,
    ),
  ];
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

function cacheFinding(cache: string, folder: string): Finding {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return {
      state: 'ok',
      name: 'cache',
      text: folder === cache ? cache : `${cache} (the first run makes it)`,
    };
  } catch (error) {
    return {
      state: 'broken',
      name: 'cache',
      text: `${folder} cannot be written (${errno(error) ?? 'refused'})`,
      hint: 'correct its permissions, or set another folder with `config: {cache: {dir: …}}`',
    };
  }
}

interface FileSystem {
  /** A name, or the number of the kind. */
  readonly name: string;
  readonly device: number;
  /** Bytes. */
  readonly free: number;
}

function fileSystem(folder: string): FileSystem {
  const { type, bavail, bsize } = statfsSync(folder);
  // The numbers are those of Linux; macOS counts its kinds, and has APFS nearly everywhere.
  const name =
    process.platform === 'linux' ? (FILE_SYSTEMS[type] ?? `kind 0x${type.toString(16)}`) : `kind ${type}`;
  return { name, device: statSync(folder).dev, free: bavail * bsize };
}

function fileSystemFinding(name: string, kind: string): Finding {
  if (!NETWORK.has(kind)) return { state: 'ok', name, text: kind };
  return {
    state: 'slow',
    name,
    text: `${kind}, probably over a network: looking at many files takes long`,
    hint: 'a copy of the project on a local disk is faster; the cache can stay there',
  };
}

function spaceFinding(free: number): Finding {
  const text = `${bytesText(free)} free`;
  return free < LITTLE_SPACE
    ? { state: 'note', name: 'space', text, hint: '`pipe gc` removes unused results' }
    : { state: 'ok', name: 'space', text };
}

/** Tries each kind of link to the workspace. @param cache a folder on the file system of the cache. */
function linksFindings(wanted: readonly LinkKind[], cache: string, root: string): Finding[] {
  let from: string | undefined;
  let to: string | undefined;
  try {
    from = mkdtempSync(join(cache, '.pipe-doctor-'));
    to = mkdtempSync(join(root, '.pipe-doctor-'));
    const [source, target] = [join(from, 'a'), to] as const;
    writeFileSync(source, 'x'.repeat(4096));
    const works = (['reflink', 'hardlink', 'symlink', 'copy'] as const).filter((kind) =>
      canLink(kind, source, join(target, kind)),
    );
    const used = [...wanted, 'copy' as const].find((kind) => works.includes(kind)) ?? 'copy';
    const text = `outputs are linked by ${used}; possible here: ${works.join(', ')}`;
    if (used !== 'copy') return [{ state: 'ok', name: 'links', text }];
    const hint =
      'each output takes its space twice; `config: {cache: {links: [reflink, hardlink]}}` saves it, for outputs that nothing changes in place';
    return [{ state: 'slow', name: 'links', text, hint }];
  } catch (error) {
    if (errno(error) === undefined) throw error;
    return [
      { state: 'note', name: 'links', text: `not tried: a folder cannot be written (${errno(error)})` },
    ];
  } finally {
    for (const folder of [from, to])
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function canLink(kind: LinkKind, from: string, to: string): boolean {
  try {
    switch (kind) {
      case 'reflink':
        copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
        break;
      case 'hardlink':
        linkSync(from, to);
        break;
      case 'symlink':
        symlinkSync(from, to);
        break;
      case 'copy':
        copyFileSync(from, to);
    }
    return true;
  } catch (error) {
    if (errno(error) === undefined) throw error;
    return false;
  }
}
