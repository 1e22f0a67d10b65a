// How `ssh` is called, what it is told when it asks, and what its complaints mean.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import {
  askpassIn,
  byHand,
  controlSocket,
  loginOf,
  master,
  parseSshUrl,
  sharing,
  sshArguments,
  sshFailure,
} from '../../../../src/cache/cache.ts';
import { makeSpace } from '../../../hash/space.ts';

test('the parts of a URL', () => {
  for (const [url, place] of [
    ['ssh://host', { host: 'host', path: '' }],
    ['ssh://host/', { host: 'host', path: '/' }],
    ['ssh://ada@host:2222/data/x/', { host: 'host', user: 'ada', port: 2222, path: '/data/x' }],
    ['ssh://ada:pw@host/d', { host: 'host', user: 'ada', password: 'pw', path: '/d' }],
    ['ssh://ada:p@q@host/d', { host: 'host', user: 'ada', password: 'p@q', path: '/d' }],
    ['ssh://ada:p%40:q@host/d', { host: 'host', user: 'ada', password: 'p@:q', path: '/d' }],
    ['ssh://a%20b@host:/~/d', { host: 'host', user: 'a b', path: 'd' }],
    ['sftp://[::1]:22/~', { host: '::1', port: 22, path: '' }],
    ['ssh://host/a b/100%', { host: 'host', path: '/a b/100%' }],
  ] as const)
    assert.deepEqual(parseSshUrl(url), place, url);
  for (const url of ['ssh://', 'ssh://-o@host/', 'ssh://-host/', 'ssh://a;b/', 'ssh://host:0/', 'ssh://host:65536/', 'ssh://[::1/', 'ssh://ada`x`@host/'])
    assert.ok('wrong' in parseSshUrl(url), url);
}); // prettier-ignore

const configuration = new Map([
  ['user', 'ada'],
  ['hostname', 'big.example.org'],
  ['controlpath', 'none'],
  ['connecttimeout', 'none'],
  ['requesttty', 'force'],
  ['remotecommand', 'none'],
]);

test('nothing of the user or of ours goes along that is not for the transfer', () => {
  const options = { place: { host: 'big', path: '/d' }, canAsk: false };
  const settingsOf = (more: object, own: object = {}): ReadonlyMap<string, string> => {
    const args = sshArguments({ ...options, ...more }, new Map([...configuration, ...Object.entries(own)]));
    return new Map(
      args.flatMap((arg, at) => (arg === '-o' ? [args[at + 1]!.split('=', 2) as [string, string]] : [])),
    );
  };
  const plain = settingsOf({});
  for (const [name, value] of Object.entries({
    BatchMode: 'yes',
    ConnectTimeout: '5',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RequestTTY: 'no',
    ServerAliveInterval: '15',
    ServerAliveCountMax: '4',
  }))
    assert.equal(plain.get(name), value, name);
  // Those that an older ssh does not know are no settings of it.
  for (const name of ['RemoteCommand', 'StdinNull', 'ForkAfterAuthentication', 'IdentitiesOnly', 'IdentityAgent', 'GSSAPIAuthentication', 'NumberOfPasswordPrompts'])
    assert.ok(!plain.has(name), name);
  const disturbing = settingsOf({}, { remotecommand: 'tmux', stdinnull: 'yes', forkafterauthentication: 'yes' });
  assert.deepEqual(['RemoteCommand', 'StdinNull', 'ForkAfterAuthentication'].map((name) => disturbing.get(name)), ['none', 'no', 'no']);
  assert.equal(settingsOf({ canAsk: true }).get('BatchMode'), 'no');
  for (const secret of [{ password: 'p' }, { passphrase: 'p' }]) {
    const asked = settingsOf(secret);
    assert.deepEqual([asked.get('BatchMode'), asked.get('NumberOfPasswordPrompts')], ['no', '1']);
    assert.ok(![...asked.values()].includes('p'));
  }
  assert.equal(settingsOf({}, { connecttimeout: '9' }).get('ConnectTimeout'), '9');
  assert.equal(settingsOf({ timeout: 3 }, { connecttimeout: '9' }).get('ConnectTimeout'), '3');
  assert.equal(settingsOf({}, { proxyjump: 'door' }).get('ConnectTimeout'), '20');
  assert.equal(settingsOf({}, { proxycommand: 'nc %h' }).get('ConnectTimeout'), '20');
  assert.equal(settingsOf({ agent: false }).get('IdentityAgent'), 'none');
  assert.equal(settingsOf({ gssapi: false }).get('GSSAPIAuthentication'), 'no');
  assert.equal(settingsOf({ gssapi: true }).get('GSSAPIAuthentication'), 'yes');
  assert.equal(settingsOf({ keyFile: '/k' }).get('IdentitiesOnly'), 'yes');

  const whole = { ...options, place: { host: 'big', user: 'bob', port: 2222, path: '' }, keyFile: '/a key' };
  const args = sshArguments(whole, configuration);
  assert.deepEqual(args.slice(args.indexOf('-s')), ['-s', '-p', '2222', '-l', 'bob', '-i', '/a key', '-o', 'IdentitiesOnly=yes', '--', 'big', 'sftp']);
  assert.equal(byHand(whole), "ssh -p 2222 -i '/a key' bob@big");
  assert.equal(loginOf(configuration), 'ada@big.example.org');
  assert.equal(loginOf(new Map([...configuration, ['hostkeyalias', 'alias']])), 'ada@alias');
}); // prettier-ignore

test('a login is shared, but not where the user shares one already', () => {
  assert.equal(controlSocket('/tmp/f', 'c1', configuration), '/tmp/f/c1');
  assert.equal(controlSocket('/tmp/f', 'c1', new Map([['controlpath', '/own']])), undefined);
  assert.equal(controlSocket(`/tmp/${'f'.repeat(80)}`, 'c1', configuration), undefined);
  assert.deepEqual(master(undefined), []);
  assert.ok(master('/s').includes('ControlPath=/s') && master('/s').includes('ControlPersist=no'));
  assert.ok(sharing('/s').includes('ControlPath=/s'));
  for (const setting of ['ControlMaster=no', 'ProxyCommand=false', 'BatchMode=yes'])
    assert.ok(sharing(undefined).includes(setting), 'a second login is never made');
});

test('a secret is given to the question that it is for, and to no other', (t) => {
  const folder = makeSpace(t).root;
  const answered = (question: string, answers: Parameters<typeof askpassIn>[1]): string => {
    const env = askpassIn(folder, answers);
    const { status, stdout } = spawnSync(env['SSH_ASKPASS']!, [question], { env, encoding: 'utf8' });
    return status === 0 ? stdout : 'declined';
  };
  const password = { password: { login: 'ada@host', value: "p'w %s" } };
  const both = { ...password, passphrase: 'phrase' };
  const { SSH_ASKPASS_REQUIRE, DISPLAY }: NodeJS.ProcessEnv = {
    DISPLAY: process.env['DISPLAY'],
    ...askpassIn(folder, both),
  };
  assert.deepEqual(
    [SSH_ASKPASS_REQUIRE, DISPLAY !== undefined],
    ['force', true],
    'ssh asks it, of whatever version',
  );
  assert.equal(answered("ada@host's password: ", password), "p'w %s\n");
  assert.equal(answered('(ada@host) Password: ', password), "p'w %s\n");
  assert.equal(answered("Enter passphrase for key '/k': ", both), 'phrase\n');
  for (const question of [
    "ada@door's password: ",
    "bob@host's password: ",
    "eve.ada@host's password: ",
    '(ada@door) Password: ',
    'Are you sure you want to continue connecting (yes/no)? ',
    'Verification code: ',
    'Enter passphrase: ',
  ])
    assert.equal(answered(question, both), 'declined', question);
  assert.equal(answered("Enter passphrase for key '/k': ", password), 'declined');
  assert.equal(answered("ada@host's password: ", { passphrase: 'phrase' }), 'declined');
});

test('what ssh complains of', () => {
  const asked = { host: 'big', command: 'ssh big', canAsk: false, variable: 'PIPE_REMOTE_BIG_PASSWORD', hasPassword: false };
  for (const [stderr, kind, pattern] of [
    ['@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n', 'refused', /another machine may answer.*ssh-keygen -R big/],
    ['No ED25519 host key is known for big and you have requested strict checking.\nHost key verification failed.\n', 'refused', /not known on this machine/],
    ['Received disconnect: Too many authentication failures\n', 'refused', /IdentitiesOnly yes/],
    ['ada@big: Permission denied (publickey,password,gssapi).\r\n', 'refused', /it takes: publickey, password, gssapi.*PIPE_REMOTE_BIG_PASSWORD; without a terminal/],
    ['ssh: Could not resolve hostname big: Name or service not known\r\n', 'unreachable', /no host 'big'/],
    ['ssh: connect to host big port 22: Connection refused\r\n', 'unreachable', /big port 22: Connection refused/],
    ['Connection timed out during banner exchange\n', 'unreachable', /does not answer/],
    ['Timeout, server big not responding.\r\n', 'transient', /not responding/],
    ['subsystem request failed on channel 0\n', 'refused', /Subsystem sftp/],
    ['/root/.ssh/config line 1: Bad configuration option: x\n', 'refused', /does not accept its configuration/],
    ['This service allows sftp connections only.\n', 'refused', /sftp connections only/],
    ['debug1: x\nclient_loop: send disconnect: Broken pipe\r\n\n', 'transient', /^.*"client_loop: send disconnect: Broken pipe"/],
    ['client_loop: one\nkex: two\nWarning: Permanently added x to the list of known hosts.\n', 'transient', /"kex: two"/],
    ['', 'transient', /connection was closed/],
  ] as const) {
    const failure = sshFailure(stderr, 255, asked);
    assert.equal(failure.kind, kind, stderr);
    assert.match(JSON.stringify(failure), pattern);
  }
  assert.match(JSON.stringify(sshFailure('', 3, asked)), /ended with status 3/);
  const unnamed = sshFailure('Permission denied (publickey).', 255, { ...asked, variable: undefined, hasPassword: true, canAsk: true });
  assert.match(JSON.stringify(unnamed), /and not the password.*remote:\/\/NAME/);
  assert.doesNotMatch(JSON.stringify(unnamed), /without a terminal/);
}); // prettier-ignore
