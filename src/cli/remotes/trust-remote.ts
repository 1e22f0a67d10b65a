// `pipe remote trust`: the user allows, once per machine, that the server which a repository names receives the credentials.
import { chooseRemote, serverOf } from '../../cache/remote/open-remote.ts';
import { openTrustedHosts } from '../../cache/remote/trusted-hosts.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { findRoot } from '../../pipeline/find-root.ts';
import { remoteFilesOf } from '../../session/load.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';

/** @returns the exit code. */
export async function trustCommand(asked: string | undefined, flags: OutputFlags): Promise<number> {
  const print = makePrinter(flags);
  const found = findRoot(process.cwd());
  const remotes = (await remoteFilesOf(found)).declared();
  const name = chooseRemote(remotes, asked);
  const origin = await serverOf(remotes!, name);
  if (origin === undefined) {
    print.line(`'${spelledOut(name)}' is a folder: no credentials are sent there.`);
    return 0;
  }
  const hosts = openTrustedHosts(process.env);
  hosts.trust(found.root, name, origin);
  print.line(
    `The credentials of '${spelledOut(name)}' are sent to ${spelledOut(origin)} from now on (noted in ${hosts.file}).`,
  );
  return 0;
}
