// A folder on another machine, by ssh: reads what is declared, under DVC's names.
import { secretVariable } from '../credentials.ts';
import { paceFrom, QUICK } from '../pace.ts';
import type { Declared, RemoteKind } from '../remote-kind.ts';
import { remoteOptions } from '../remote-options.ts';
import { unsupported } from '../remote-problem.ts';
import { openSshRemote } from './ssh-remote.ts';
import { parseSshUrl, wrongName, wrongPort, type SshPlace } from './ssh-url.ts';

/** Seconds; a login takes several answers. */
const QUICK_LOGIN = 15;

export const sshKind: RemoteKind = {
  server(declared) {
    const { host, port } = placeOf(declared);
    const name = host.includes(':') ? `[${host}]` : host;
    return `ssh://${name}${port === undefined || port === 22 ? '' : `:${port}`}`;
  },
  open(options) {
    const { name, secrets, env, permit, quick, onRetry } = options;
    const place = placeOf(options, secrets('user')?.value);
    const password = secrets('password') ?? (place.password ? { value: place.password } : undefined);
    if (password) permit(password);
    const own = remoteOptions(options);
    const passphrase = own.text('passphrase');
    const [keyFile, declared] = [own.path('keyfile'), own.number('timeout')];
    const timeout = quick ? Math.min(declared || Infinity, QUICK.seconds) : declared;
    const [gssapi, agent] = [own.flag('gss_auth'), own.flag('allow_agent')];
    return openSshRemote({
      name,
      place,
      variable: options.undeclared ? undefined : (password?.variable ?? secretVariable(name, 'password')),
      pace: quick ? QUICK : paceFrom(env['PIPE_REMOTE_MIN_RATE']),
      ...(quick && { attempts: 1, loginSeconds: QUICK_LOGIN }),
      canAsk: process.stdin.isTTY && process.stderr.isTTY && !env['CI'],
      ...(keyFile !== undefined && { keyFile }),
      ...(password && { password: password.value }),
      ...(passphrase !== undefined && { passphrase }),
      ...(timeout !== undefined && { timeout: Math.ceil(timeout) }),
      ...(gssapi !== undefined && { gssapi }),
      ...(agent !== undefined && { agent }),
      ...(onRetry && { onRetry }),
    });
  },
};

/** What is declared beside the URL comes before what it says itself. @throws PipeError */
function placeOf({ name, declared }: Declared, given?: string): SshPlace {
  const place = parseSshUrl(declared.url);
  if ('wrong' in place) throw unsupported(name, declared, place.wrong, HINT);
  const own = remoteOptions({ name, declared });
  const user = given ?? declared.user ?? own.text('user') ?? place.user;
  const port = own.number('port') ?? place.port;
  const wrong = wrongName(place.host, user ?? '') ?? wrongPort(port);
  if (wrong !== undefined) throw unsupported(name, declared, wrong, HINT);
  return { ...place, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
}

const HINT = 'write ssh://user@host:port/folder; host may be a name of ~/.ssh/config';
