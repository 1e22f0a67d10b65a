// `pipe remote trust`: the user says, once, that the server which a repository names may have the credentials.
import { chooseRemote, serverOf } from '../cache/remote/open-remote.ts';
import { openTrustedHosts } from '../cache/remote/trusted-hosts.ts';
import { spelledOut } from '../show/text/spell-out.ts';
import { load } from '../session/load.ts';

/** @returns the exit code. */
export async function trustCommand(asked: string | undefined): Promise<number> {
  const { project } = await load({});
  const { remotes } = project.config;
  const name = chooseRemote(remotes, asked);
  const origin = serverOf(remotes!, name);
  if (origin === undefined) {
    console.log(`'${spelledOut(name)}' is a folder: no credentials are sent there.`);
    return 0;
  }
  const hosts = openTrustedHosts(process.env);
  hosts.trust(project.root, name, origin);
  console.log(
    `The credentials of '${spelledOut(name)}' are sent to ${spelledOut(origin)} from now on (noted in ${hosts.file}).`,
  );
  return 0;
}
