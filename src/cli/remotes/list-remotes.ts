// `pipe remote list`: the declared remotes, with what each file says of them. Secrets are not printed.
import { findProject, findRoot } from '../../pipeline/find-root.ts';
import type { RemoteFile, RemoteFiles } from '../../pipeline/config/remote-files.ts';
import { remoteFilesOf } from '../../session/load.ts';
import { withoutSecrets } from '../../base/url-secrets.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter } from '../printer.ts';
import { readConfigText } from './config-file.ts';
import { levelOf, type LevelFlags } from './edit-remotes.ts';

interface Listed {
  readonly remote: string;
  /** Without credentials; null where no file gives it. */
  readonly url: string | null;
  readonly default: boolean;
  readonly options: readonly { readonly option: string; readonly value: string; readonly file: string }[];
}

/** @returns the exit code. */
export async function listRemotesCommand(flags: LevelFlags): Promise<number> {
  const found = flags.global ? findProject(process.cwd()) : findRoot(process.cwd());
  const files = await remoteFilesOf(found);
  const one = flags.local || flags.global || flags.project;
  const listed = listIn(files, one ? [files.file(levelOf(flags))] : files.all);
  const print = makePrinter(flags);
  print.json({ remotes: listed });
  if (listed.length === 0) print.line('No remotes are declared. `pipe remote add -d NAME URL` declares one.');
  for (const { remote, url, default: isDefault, options } of listed) {
    print.line([remote, url ?? '-', ...(isDefault ? ['(default)'] : [])].map(spelledOut).join('\t'));
    if (flags.verbose)
      for (const { option, value, file } of options)
        print.line(`  ${spelledOut(`${option} = ${value}`)}  (${file})`);
  }
  return 0;
}

/** @param parts from the weakest. */
function listIn(files: RemoteFiles, parts: readonly RemoteFile[]): readonly Listed[] {
  const read = parts.map((file) => ({ file, written: file.read(readConfigText(file)) }));
  const names = [...new Set(read.flatMap(({ written }) => [...written.remotes.keys()]))];
  const chosen = read.findLast(({ written }) => written.remote !== undefined)?.written.remote;
  return names.map((remote): Listed => {
    const options = read.flatMap(({ file, written }) =>
      [...(written.remotes.get(remote) ?? [])].map(([option, value]) => ({ option, value, file })),
    );
    const url = options.findLast(({ option }) => option === 'url');
    return {
      remote,
      url: url === undefined ? null : withoutSecrets(url.file.resolved(url.value)),
      default: remote === chosen || (chosen === undefined && names.length === 1),
      options: options.map(({ option, value, file }) => ({
        option,
        value: files.secrets.includes(option) ? '***' : withoutSecrets(value),
        file: file.shown,
      })),
    };
  });
}
