// A folder on another machine, by ssh: reads what is declared, under DVC's names.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { secretVariable } from '../credentials.ts';
import { paceFrom } from '../pace.ts';
import type { Declared, RemoteKind } from '../remote-kind.ts';
import { unsupported } from '../remote-problem.ts';
import { openSshRemote } from './ssh-remote.ts';
import { parseSshUrl, wrongName, wrongPort, type SshPlace } from './ssh-url.ts';

export const sshKind: RemoteKind = {
  server(declared) {
    const { host, port } = placeOf(declared);
    return `ssh://${host.includes(':') ? `[${host}]` : host}${port === undefined || port === 22 ? '' : `:${port}`}`;
  },
  open(options) {
    const { name, declared, secrets, env, permit, onRetry } = options;
    const place = placeOf(options, secrets('user')?.value);
    const password = secrets('password') ?? (place.password ? { value: place.password } : undefined);
    if (password) permit(password);
    const passphrase = textOf(declared, 'passphrase');
    const jobs = numberOf(options, 'jobs');
    const timeout = numberOf(options, 'timeout');
    const [gssapi, agent] = [switchOf(declared, 'gss_auth'), switchOf(declared, 'allow_agent')];
    const keyFile = keyFileOf(declared);
    return openSshRemote({
      name,
      place,
      variable: password?.variable ?? secretVariable(name, 'password'),
      pace: paceFrom(env['PIPE_REMOTE_MIN_RATE']),
      canAsk: process.stdin.isTTY && process.stderr.isTTY && !env['CI'],
      ...(keyFile !== undefined && { keyFile }),
      ...(password && { password: password.value }),
      ...(passphrase !== undefined && { passphrase }),
      ...(timeout !== undefined && { timeout }),
      ...(gssapi !== undefined && { gssapi }),
      ...(agent !== undefined && { agent }),
      ...(jobs !== undefined && { jobs }),
      ...(onRetry && { onRetry }),
    });
  },
};

type Url = Declared['declared'];

/** What is declared beside the URL comes before what it says itself. @throws PipeError */
function placeOf({ name, declared }: Declared, given?: string): SshPlace {
  const place = parseSshUrl(declared.url);
  if ('wrong' in place) throw unsupported(name, declared, place.wrong, HINT);
  const user = given ?? declared.user ?? textOf(declared, 'user') ?? place.user;
  const port = numberOf({ name, declared }, 'port') ?? place.port;
  const wrong = wrongName(place.host, user ?? '') ?? wrongPort(port);
  if (wrong !== undefined) throw unsupported(name, declared, wrong, HINT);
  return { ...place, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
}

const HINT = 'write ssh://user@host:port/folder; host may be a name of ~/.ssh/config';

const textOf = ({ options }: Url, key: string): string | undefined => options?.get(key)?.value;

function switchOf(declared: Url, key: string): boolean | undefined {
  const text = textOf(declared, key)?.toLowerCase();
  return text === undefined ? undefined : text === 'true';
}

function numberOf({ name, declared }: Declared, key: string): number | undefined {
  const text = textOf(declared, key);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw unsupported(name, declared, `'${text}' is no number for ${key}`, 'correct it');
}

function keyFileOf({ options }: Url): string | undefined {
  const option = options?.get('keyfile');
  if (!option) return undefined;
  const { value, folder } = option;
  return value.startsWith('~/') ? resolve(homedir(), value.slice(2)) : resolve(folder, value);
}
