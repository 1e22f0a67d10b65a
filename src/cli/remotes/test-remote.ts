// `pipe remote test`: tries a remote with a file of its own, and names what fails.
import { chooseRemote } from '../../cache/remote/open-remote.ts';
import { findRoot } from '../../pipeline/find-root.ts';
import { probeRemote, type Probed, type ProbeStep } from '../../run/remote/probe.ts';
import { cacheOf, remoteFilesOf } from '../../session/load.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { printProblem, problemJson } from '../problems.ts';

const STEPS: Readonly<Record<ProbeStep, string>> = {
  open: 'options and credentials',
  write: 'write a file',
  look: 'look for it',
  read: 'read it, and compare',
  list: 'list',
  remove: 'remove it',
};

/** @returns the exit code: 1 where a step failed. */
export async function testRemoteCommand(asked: string | undefined, flags: OutputFlags): Promise<number> {
  const print = makePrinter(flags);
  const found = findRoot(process.cwd());
  const files = await remoteFilesOf(found);
  const config = files.declared();
  const name = chooseRemote(config, asked);
  const probed = await probeRemote(config!, name, found.root, await cacheOf(found, files));
  const failed = probed.steps.filter(({ state }) => state === 'failed');
  print.json({ ok: failed.length === 0, ...probedJson(name, probed) });
  print.line(`${spelledOut(name)}${probed.url === undefined ? '' : ` (${spelledOut(probed.url)})`}`);
  for (const { step, state, took, note } of probed.steps) {
    const mark = state === 'failed' ? 'FAILED' : state === 'ok' ? 'ok' : '-';
    print.line(`  ${mark.padEnd(6)}  ${STEPS[step]}${note === undefined ? ` (${took} ms)` : `: ${note}`}`);
  }
  if (probed.left !== undefined) print.line(`  Left there: ${spelledOut(probed.left)}`);
  if (!flags.json) failed.flatMap(({ problems }) => problems).forEach(printProblem);
  return failed.length === 0 ? 0 : 1;
}

const probedJson = (name: string, { url, steps, left }: Probed): object => ({
  remote: name,
  url: url ?? null,
  steps: steps.map(({ problems, ...step }) => ({ ...step, problems: problems.map(problemJson) })),
  ...(left !== undefined && { left }),
});
