// `pipe remote add`, `modify`, `remove`, `rename` and `default`: edits of the files that declare remotes. Nothing is written unless the
// file is valid afterwards, and no secret into a file that git shares.
import { shellQuote } from '../../base/shell-quote.ts';
import { PipeError } from '../../base/problem.ts';
import { didYouMean } from '../../base/suggest.ts';
import { secretIn } from '../../base/url-secrets.ts';
import { refuseCacheAsRemote, type CacheFolder } from '../../cache/remote/cache-as-remote.ts';
import { secretVariable } from '../../cache/remote/credentials.ts';
import { folderOfUrl, schemeOf } from '../../cache/remote/parse-url.ts';
import {
  type Level,
  type RemoteChange,
  type RemoteFile,
  type RemoteFiles,
} from '../../pipeline/config/remote-files.ts';
import { urlOption } from '../../pipeline/config/remote-config.ts';
import { findProject, findRoot, type FoundRoot } from '../../pipeline/find-root.ts';
import { cacheOf, remoteFilesOf } from '../../session/load.ts';
import { spelledOut } from '../../show/text/spell-out.ts';
import { makePrinter, type OutputFlags } from '../printer.ts';
import { readConfigText, refuseShared, writeConfigText } from './config-file.ts';

export interface LevelFlags extends OutputFlags {
  readonly local?: true;
  readonly global?: true;
  readonly project?: true;
}

export interface AddFlags extends LevelFlags {
  readonly default?: true;
  readonly force?: true;
}

export interface UnsetFlags extends LevelFlags {
  readonly unset?: true;
}

/** What an edit works on. */
interface Place {
  readonly found: FoundRoot | undefined;
  readonly files: RemoteFiles;
  readonly file: RemoteFile;
  readonly text: string;
}

export const levelOf = ({ local, global }: LevelFlags): Level =>
  local ? 'local' : global ? 'global' : 'project';

async function open(flags: LevelFlags): Promise<Place> {
  const level = levelOf(flags);
  const found = level === 'global' ? findProject(process.cwd()) : findRoot(process.cwd());
  const files = await remoteFilesOf(found);
  const file = files.file(level);
  return { found, files, file, text: readConfigText(file) };
}

/** @returns the exit code. */
export async function addRemoteCommand(given: string, url: string, flags: AddFlags): Promise<number> {
  const place = await open(flags);
  const { files, file, text } = place;
  const name = files.spelled(given);
  refuseName(name);
  if (!flags.force && file.read(text).remotes.has(name))
    throw new PipeError({
      code: 'remote-exists',
      title: `${file.shown} declares a remote '${name}' already`,
      hint: `change it (\`pipe remote modify ${shellQuote(name)} url …\`), or give -f to replace it`,
    });
  const written = file.written('url', url);
  refuseSecret(place, name, 'url', written);
  await refuseCache(place, name, written);
  let next = file.edit(text, { kind: 'declare', name, url: written });
  if (flags.default) next = file.edit(next, { kind: 'default', name });
  write(place, next, isSecret(files, 'url', written));
  const print = makePrinter(flags);
  print.line(`Added the remote '${spelledOut(name)}' to ${file.shown}.`);
  if (flags.default) print.line(`'${spelledOut(name)}' is the default remote from now on.`);
  return 0;
}

/** @param value `-` to read it from the standard input. @returns the exit code. */
export async function modifyRemoteCommand(
  given: string,
  option: string,
  value: string | undefined,
  flags: UnsetFlags,
): Promise<number> {
  const place = await open(flags);
  const { files, file, text } = place;
  const name = files.spelled(given);
  requireDeclared(name, place);
  const print = makePrinter(flags);
  if (flags.unset) {
    const set = file.read(text).remotes.get(name);
    if (![option, option.toLowerCase()].some((one) => set?.has(one))) {
      print.line(`${file.shown} has no '${option}' of the remote '${spelledOut(name)}'.`);
      return 0;
    }
    write(place, file.edit(text, { kind: 'unset', name, option }), false);
    print.line(`Removed '${option}' of the remote '${spelledOut(name)}' from ${file.shown}.`);
    return 0;
  }
  if (value === undefined)
    throw new PipeError(
      {
        code: 'remote-option',
        title: `no value is given for '${option}'`,
        hint: `\`pipe remote modify ${shellQuote(name)} ${option} VALUE\`, VALUE \`-\` to read it from the standard input, or --unset`,
      },
      2,
    );
  // Before it is read, so that a secret that is refused is not typed.
  refuseSecret(place, name, option, value);
  const written = file.written(option, value === '-' ? await standardInput() : value);
  refuseSecret(place, name, option, written);
  if (option === 'url') await refuseCache(place, name, written);
  write(
    place,
    file.edit(text, { kind: 'set', name, option, value: written }),
    isSecret(files, option, written),
  );
  print.line(`Set '${option}' of the remote '${spelledOut(name)}' in ${file.shown}.`);
  return 0;
}

/** @returns the exit code. */
export async function removeRemoteCommand(given: string, flags: LevelFlags): Promise<number> {
  const place = await open(flags);
  const { files, file, text } = place;
  const name = files.spelled(given);
  requireIn(name, place);
  write(place, file.edit(text, { kind: 'remove', name }), false);
  // As DVC does: no default may name what is gone.
  for (const other of shadowing(place)) changeDefault(other, name, undefined, place);
  makePrinter(flags).line(`Removed the remote '${spelledOut(name)}' from ${file.shown}.`);
  return 0;
}

/** @returns the exit code. */
export async function renameRemoteCommand(given: string, wanted: string, flags: LevelFlags): Promise<number> {
  const place = await open(flags);
  const { files, file, text } = place;
  const [name, to] = [files.spelled(given), files.spelled(wanted)];
  refuseName(to);
  requireIn(name, place);
  const taken = files.all.find((one) => one.read(readConfigText(one)).remotes.has(to));
  if (taken)
    throw new PipeError({
      code: 'remote-exists',
      title: `${taken.shown} declares a remote '${to}' already`,
      hint: 'give another name',
    });
  write(place, file.edit(text, { kind: 'rename', name, to }), false);
  for (const other of shadowing(place)) changeDefault(other, name, to, place);
  makePrinter(flags).line(
    `The remote '${spelledOut(name)}' is called '${spelledOut(to)}' in ${file.shown} from now on.`,
  );
  return 0;
}

/** Prints the default remote, or sets it. @returns the exit code. */
export async function defaultRemoteCommand(given: string | undefined, flags: UnsetFlags): Promise<number> {
  const place = await open(flags);
  const { files, file, text } = place;
  const print = makePrinter(flags);
  if (given === undefined && !flags.unset) {
    const asked = flags.local || flags.global || flags.project;
    const { remote, remotes } = asked
      ? file.read(text)
      : (files.declared() ?? { remotes: new Map<string, unknown>() });
    const name = remote ?? (!asked && remotes.size === 1 ? [...remotes.keys()][0] : undefined);
    print.json({ default: name ?? null });
    print.line(name ?? 'There is no default remote.');
    return name === undefined ? 1 : 0;
  }
  const name = flags.unset ? undefined : files.spelled(given!);
  if (name !== undefined) requireDeclared(name, place);
  write(place, file.edit(text, { kind: 'default', name }), false);
  print.line(
    name === undefined
      ? `${file.shown} names no default remote from now on.`
      : `'${spelledOut(name)}' is the default remote from now on (${file.shown}).`,
  );
  return 0;
}

function write({ found, files, file, text }: Place, next: string, secret: boolean): void {
  if (next !== text) writeConfigText(file, next, { secret, isDvc: found?.isDvcRepository === true });
  // What was written has to make sense together with the other files.
  if (found) files.declared();
}

const indexOf = ({ level }: RemoteFile, { all }: RemoteFiles): number =>
  all.findIndex((one) => one.level === level);

/** The file itself, and those that override it. */
function shadowing({ files, file }: Place): readonly RemoteFile[] {
  return files.all.slice(indexOf(file, files));
}

function changeDefault(file: RemoteFile, from: string, to: string | undefined, place: Place): void {
  const text = readConfigText(file);
  if (file.read(text).remote !== from) return;
  const change: RemoteChange = { kind: 'default', name: to };
  write({ ...place, file, text }, file.edit(text, change), false);
}

/** @throws PipeError where neither the file nor a weaker one declares the remote. */
function requireDeclared(name: string, { files, file }: Place): void {
  const weaker = files.all.slice(0, indexOf(file, files) + 1);
  const names = weaker.flatMap((one) => [...one.read(readConfigText(one)).remotes.keys()]);
  if (!names.includes(name)) throw notDeclared(name, names, files, file);
}

/** @throws PipeError where the file does not declare the remote itself. */
function requireIn(name: string, { files, file, text }: Place): void {
  const names = [...file.read(text).remotes.keys()];
  if (!names.includes(name)) throw notDeclared(name, names, files, file);
}

function notDeclared(
  name: string,
  names: readonly string[],
  files: RemoteFiles,
  file: RemoteFile,
): PipeError {
  const elsewhere = files.all.find(
    (one) => one.level !== file.level && one.read(readConfigText(one)).remotes.has(name),
  );
  return new PipeError({
    code: 'no-remote',
    title: `${file.shown} declares no remote '${name}'`,
    hint:
      elsewhere === undefined
        ? (didYouMean(name, names) ??
          (names.length > 0
            ? `there are: ${[...new Set(names)].join(', ')}`
            : '`pipe remote add` declares one'))
        : `${elsewhere.shown} declares it: ${elsewhere.level === 'system' ? 'edit that file' : `give --${elsewhere.level}`}`,
  });
}

function isSecret(files: RemoteFiles, option: string, value: string): boolean {
  return urlOption(option) ? secretIn(value) !== undefined : files.secrets.includes(option.toLowerCase());
}

/** @throws PipeError for a secret that would go into a file that git shares. */
function refuseSecret({ found, files, file }: Place, name: string, option: string, value: string): void {
  if (!isSecret(files, option, value)) return;
  const inUrl = urlOption(option);
  const inside = inUrl && secretIn(value);
  const what = inUrl ? `a URL with a ${inside} in it` : `'${option}'`;
  const variable = /^(?:password|token|key)$/.test(option) ? option : undefined;
  const local =
    inUrl && inside === 'password'
      ? `give the URL without it, then \`pipe remote modify --local ${shellQuote(name)} ${inUrl.user} …\` and \`pipe remote modify --local ${shellQuote(name)} ${inUrl.password} -\``
      : `\`pipe remote modify --local ${shellQuote(name)} ${option} -\` reads it from the standard input and writes it to ${files.file('local').shown}`;
  const hint = `${local}${variable === undefined ? '' : `; or set ${secretVariable(name, variable as 'password')} in the environment`}`;
  if (file.level === 'project')
    throw new PipeError({
      code: 'remote-secret',
      title: `${what} is not written to ${file.shown}: git shares that file`,
      hint,
    });
  if (found) refuseShared(file, found, what);
}

/** @throws PipeError for a URL that leads to the cache of the project. */
async function refuseCache({ found, files, file }: Place, name: string, written: string): Promise<void> {
  if (!found) return;
  let cache: CacheFolder;
  try {
    cache = await cacheOf(found, files);
  } catch (error) {
    // This command may be what mends the configuration.
    if (error instanceof PipeError) return;
    throw error;
  }
  const folder = schemeOf(written) === 'file' ? folderOfUrl(written) : undefined;
  refuseCacheAsRemote({ name, url: folder ?? file.resolved(written) }, cache);
}

function refuseName(name: string): void {
  if (name !== '' && !/[\p{Cc}"'[\]\\]|:\/\//u.test(name) && name.trim() === name) return;
  throw new PipeError({
    code: 'bad-value',
    title: `a remote cannot be called '${name}'`,
    hint: name.includes('://')
      ? 'the name comes before the URL: `pipe remote add NAME URL`'
      : 'give a name without quotes, brackets and line breaks, such as `shared`',
  });
}

/** Without its line end. */
async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
