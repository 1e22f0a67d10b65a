// Clones of other repositories, in a folder of the user: bare, of one commit each, with the small files of it. Larger ones come when
// they are needed, where the server gives a file by its id alone.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { alone, type OnWait } from './clone-lock.ts';
import { complaintOf, git, gitSays, gitWithin } from './git-command.ts';
import { keepLogin, loginIn } from './git-login.ts';
import { cleanOlderClones } from './older-clones.ts';

export interface CloneOptions {
  /** Only the id is asked for; see `SourceOptions`. */
  readonly quick?: boolean | undefined;
  readonly onWait?: OnWait | undefined;
}

export interface ClonedCommit {
  /** Absolute folder of the clone. */
  readonly folder: string;
  readonly commit: string | undefined;
}

/** @param url of git. @param shown the URL in messages. @throws PipeError where git fails. */
export async function cloneCommit(
  url: string,
  rev: string | undefined,
  shown: string,
  options: CloneOptions = {},
): Promise<ClonedCommit> {
  try {
    return await findCommit(url, rev, shown, options);
  } catch (error) {
    // A signal that ended git is for this process too, which it has not reached while git ran.
    await nextTurn();
    throw error;
  }
}

async function findCommit(
  url: string,
  rev: string | undefined,
  shown: string,
  { quick = false, onWait }: CloneOptions,
): Promise<ClonedCommit> {
  const login = loginIn(url);
  const plain = login?.url ?? url;
  cleanOlderClones(clonesFolder(), cloneFolder);
  const folder = cloneFolder(plain);
  if (login) keepLogin(folder, login);
  await makeClone(folder, plain, shown, onWait);
  if (rev !== undefined && isCommitId(rev) && hasCommit(folder, rev)) return { folder, commit: rev };
  const advertised = advertisedRefs(folder, shown, quick);
  const named = namedCommit(advertised, rev);
  if (named !== undefined) {
    const { commit, object } = named;
    if (!quick && !hasCommit(folder, commit))
      await alone(
        folder,
        () => {
          if (!hasCommit(folder, commit)) git(folder, oneCommit(folder, commit, object), shown);
        },
        onWait,
      );
    return { folder, commit };
  }
  // A name that the server does not have.
  if (rev === undefined || !mayBeOlder(rev)) return { folder, commit: undefined };
  if (isCommitId(rev) && (await alone(folder, () => fetchesOne(folder, rev), onWait)))
    return { folder, commit: rev };
  // A short id, or an expression: only the whole history can say, and of an id it says the same ever after.
  const known = /^[0-9a-f]{7,}$/.test(rev) ? commitNamed(folder, rev) : undefined;
  if (known !== undefined) return { folder, commit: known };
  await alone(folder, () => fetchAll(folder, shown), onWait);
  return { folder, commit: commitNamed(folder, rev) };
}

const commitNamed = (folder: string, rev: string): string | undefined =>
  gitSays(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`])?.trim();

/** `~/.cache/pipe/repositories`. */
function clonesFolder(): string {
  const { env } = process;
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(cache, 'pipe', 'repositories');
}

/** @param url without secrets. */
const cloneFolder = (url: string): string =>
  join(clonesFolder(), `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.git`);

async function makeClone(
  folder: string,
  url: string,
  shown: string,
  onWait: OnWait | undefined,
): Promise<void> {
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const make = (): void => {
    if (existsSync(complete)) return;
    git(folder, ['init', '--bare', '--quiet', '--template='], shown);
    for (const [key, value] of [
      ['remote.origin.url', url],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.partialclonefilter', 'blob:limit=1m'],
      ['core.repositoryformatversion', '1'],
      ['extensions.partialClone', 'origin'],
    ] as const)
      git(folder, ['config', key, value], shown);
    mkdirSync(complete, { recursive: true });
  };
  await alone(folder, make, onWait);
}

/** An id, or an expression: what git describes ends in an id too. */
const mayBeOlder = (rev: string): boolean => /[~^@:]|(?:^|-g)[0-9a-f]{4,}$/i.test(rev);

const isCommitId = (rev: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(rev);

// A commit alone is no sign that its files are here.
const hasCommit = (folder: string, id: string): boolean =>
  gitSays(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/pipe/${id}`]) !== undefined;

type Refs = ReadonlyMap<string, string>;

/** By folder: several imports of one repository ask its server once. */
const answers = new Map<string, () => Refs>();

/** What comes next asks again. */
export const forgetAnswers = (): void => answers.clear();

function advertisedRefs(folder: string, shown: string, quick: boolean): Refs {
  const known = answers.get(folder);
  if (known) return known();
  try {
    const refs = askRefs(folder, shown, quick);
    answers.set(folder, () => refs);
    return refs;
  } catch (error) {
    // A server that does not answer is not waited for again.
    answers.set(folder, () => {
      throw error;
    });
    throw error;
  }
}

function askRefs(folder: string, shown: string, quick: boolean): Refs {
  const args = ['ls-remote', '--quiet', 'origin'];
  const lines = gitWithin(folder, args, shown, quick).split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [id = '', name = ''] = line.split('\t');
      return [name, id] as const;
    }),
  );
}

interface Named {
  readonly commit: string;
  /** The annotated tag, or the commit. Of an old server (git's protocol 0) only this may be asked for. */
  readonly object: string;
}

/** A tag before a branch, as git has it; the commit of an annotated tag has a line of its own. */
function namedCommit(refs: Refs, rev: string | undefined): Named | undefined {
  const names = rev === undefined ? ['HEAD'] : [rev, `refs/${rev}`, `refs/tags/${rev}`, `refs/heads/${rev}`];
  for (const name of names) {
    const object = refs.get(name);
    if (object !== undefined) return { commit: refs.get(`${name}^{}`) ?? object, object };
  }
  return undefined;
}

const oneCommit = (folder: string, id: string, object = id): readonly string[] =>
  fetching(folder).concat('--no-tags', '--depth=1', '--', 'origin', `+${object}:refs/pipe/${id}`);

const fetchesOne = (folder: string, id: string): boolean =>
  gitSays(folder, oneCommit(folder, id)) !== undefined;

function fetchAll(folder: string, shown: string): void {
  const shallow = existsSync(join(folder, 'shallow')) ? ['--unshallow'] : [];
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  git(folder, fetching(folder).concat('--prune', shallow, '--', 'origin', refs), shown);
}

const fetching = (folder: string): readonly string[] => [
  'fetch',
  '--quiet',
  '--no-write-fetch-head',
  // Everything that declares and records is smaller.
  isWhole(folder) ? '--no-filter' : '--filter=blob:limit=1m',
];

/**
 * Large files come with each commit, since they could not be fetched later. Without git's protocol 2, which sshd keeps away from git
 * unless it is configured otherwise, a server can leave them out and refuse them afterwards. Found out before the first commit comes.
 */
function isWhole(folder: string): boolean {
  const whole = join(folder, 'whole');
  if (existsSync(whole)) return true;
  const isEmpty = gitSays(folder, ['for-each-ref', '--count=1']) === '';
  if (!isEmpty || !complaintOf(folder, UNKNOWN_OBJECT).includes('unadvertised object')) return false;
  mkdirSync(whole, { recursive: true });
  return true;
}

const UNKNOWN_OBJECT = ['fetch', '--quiet', '--depth=1', '--', 'origin', '1'.repeat(40)];
