// Waits for outputs that another machine wrote to a network file system: its clients cache listings and attributes (nfs(5):
// `acdirmax`, 60 s). Listing the folder makes the client ask the server.
import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errno, PipeError } from '../base/problem.ts';
import type { Stage } from '../pipeline/stage.ts';
import { missingOutProblem } from './stage-problems.ts';
import type { StageContext } from './stage-context.ts';

/** Names of network file systems by their number in statfs(2); FUSE includes sshfs and those of object stores. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0x20030528, 'OrangeFS'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9P'],
]);

/** Seconds. */
const POLL = 0.1;

/**
 * Waits for the outputs of a stage that a network file system does not show yet; there is no wait on other file systems.
 * @throws PipeError naming those that are missing after `config.latencyWait`, or when the run is stopped.
 */
export async function awaitLateOuts(
  stage: Stage,
  { workspace: { project }, clock, stop }: Pick<StageContext, 'workspace' | 'clock' | 'stop'>,
): Promise<void> {
  let late = stage.outs
    .map((out) => ({ out, path: join(project.root, out.at) }))
    .filter(({ path }) => !exists(path))
    .map((missing) => ({ ...missing, fileSystem: networkFileSystem(dirname(missing.path)) }))
    .filter(({ fileSystem }) => fileSystem !== undefined);
  const { latencyWait } = project.config;
  const until = clock.now() + latencyWait;
  while (late.length > 0 && clock.now() < until && !stop.signal) {
    await new Promise<void>((resolve) => void clock.after(POLL, resolve));
    late = late.filter(({ path }) => !isShown(path));
  }
  if (late.length === 0) return;
  throw new PipeError(
    late.map(({ out, fileSystem }) => ({
      ...missingOutProblem(stage, out),
      facts: [['waited', `${latencyWait} s for the network file system (${fileSystem}) to show it`]],
      hint: 'check the path that the command writes to; if the file is only late, raise `config: {latency_wait: …}`',
    })),
  );
}

/** The name of the network file system that a folder is on; undefined for other file systems. */
export function networkFileSystem(folder: string): string | undefined {
  // On other systems the number has another meaning.
  return process.platform === 'linux' && exists(folder) ? NETWORK.get(statfsSync(folder).type) : undefined;
}

/** Whether the path exists after its folder was listed. */
function isShown(path: string): boolean {
  try {
    readdirSync(dirname(path));
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw error;
  }
  return exists(path);
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
