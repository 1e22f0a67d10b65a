// Finds the credentials for AWS and what speaks its protocol, in the order of AWS' own tools: the environment, the files, a program
// that the files name, and what only `aws` itself can get (single sign-on, roles, the metadata of machines and containers).
import { runProgram, type ProgramEnd } from '../../../base/run-program.ts';
import { PipeError } from '../../../base/problem.ts';
import type { Environment } from '../credentials.ts';
import { isCommitted } from '../trusted-hosts.ts';
import type { AwsProfile } from './aws-files.ts';
import type { Credentials } from './sign.ts';

export interface CredentialsOptions {
  readonly remote: string;
  readonly env: Environment;
  readonly profile: AwsProfile;
  /** The remote itself names the profile: the environment has no say then. */
  readonly profileIsDeclared: boolean;
}

export interface FoundCredentials extends Credentials {
  /** They can be asked for again when they are over. */
  readonly temporary: boolean;
}

/** Milliseconds; single sign-on and the metadata of machines take some seconds. */
const PATIENCE = 60_000;

/** @throws PipeError where there are none, or the program that should give them fails. */
export function findCredentials(options: CredentialsOptions): FoundCredentials {
  const { env, profile, profileIsDeclared } = options;
  const own = profileIsDeclared ? undefined : inEnvironment(env);
  if (own) return own;
  const needsAws = PROVIDERS.some((key) => profile.get(key) !== undefined);
  if (!needsAws) {
    const inFiles = plainKeys(profile);
    if (inFiles) return inFiles;
    const command = profile.get('credential_process');
    if (command !== undefined) return fromProcess(command, options);
  }
  return fromAws(options);
}

/** Settings of a profile that only `aws` itself understands. */
const PROVIDERS = [
  'role_arn',
  'sso_session',
  'sso_start_url',
  'sso_account_id',
  'web_identity_token_file',
  'credential_source',
  'login_session',
];

function inEnvironment(env: Environment): FoundCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return made(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, false);
}

function plainKeys(profile: AwsProfile): FoundCredentials | undefined {
  const [id, secret] = [profile.get('aws_access_key_id'), profile.get('aws_secret_access_key')];
  return id && secret ? made(id, secret, profile.get('aws_session_token'), false) : undefined;
}

const made = (
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string | undefined,
  temporary: boolean,
): FoundCredentials => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken && { sessionToken }),
  temporary,
});

function fromProcess(command: string, { remote, profile, env }: CredentialsOptions): FoundCredentials {
  // A clone must not be able to start programs of its choice.
  for (const file of [profile.configFile, profile.credentialFile])
    if (isInClone(file))
      throw new PipeError({
        code: 'remote-untrusted',
        title: `the remote '${remote}' would start a program that a file of the repository names`,
        facts: [
          ['file', file],
          ['credential_process', command],
        ],
        hint: 'move it to a file of yours, such as ~/.aws/config',
      });
  const end = runProgram('/bin/sh', ['-c', command], { env: { ...env }, timeout: PATIENCE });
  const found = end.kind === 'exited' && end.code === 0 ? parseProcess(end.stdout) : undefined;
  if (found) return found;
  throw new PipeError({
    code: 'remote-credentials',
    title: `credential_process gives no credentials for the remote '${remote}'`,
    facts: [
      ['command', command],
      ['file', profile.configFile],
      ['reason', reasonOf(end)],
    ],
    hint: 'run the command by hand',
  });
}

function isInClone(file: string): boolean {
  try {
    return isCommitted(file);
  } catch {
    // It does not exist.
    return false;
  }
}

function fromAws({ remote, profile, env }: CredentialsOptions): FoundCredentials {
  const named = profile.named === undefined ? [] : ['--profile', profile.named];
  const files = { AWS_CONFIG_FILE: profile.configFile, AWS_SHARED_CREDENTIALS_FILE: profile.credentialFile };
  const args = ['configure', 'export-credentials', '--format', 'process', ...named];
  const end = runProgram('aws', args, { env: { ...env, ...files }, timeout: PATIENCE });
  const found = end.kind === 'exited' && end.code === 0 ? parseProcess(end.stdout) : undefined;
  if (found) return found;
  throw new PipeError({
    code: 'remote-credentials',
    title: `there are no credentials for the remote '${remote}'`,
    facts: [
      ['looked at', `AWS_ACCESS_KEY_ID, ${profile.credentialFile}, ${profile.configFile}, the program aws`],
      ['aws', end.kind === 'missing' ? 'is not installed' : reasonOf(end)],
    ],
    hint: `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (AWS_PROFILE); for single sign-on and roles install AWS CLI 2${
      profile.get('sso_session') || profile.get('sso_start_url') ? ' and run `aws sso login`' : ''
    }; to read a public bucket, set \`allow_anonymous_login: true\``,
  });
}

/** The form that AWS defines for both. */
function parseProcess(text: string): FoundCredentials | undefined {
  try {
    const found = JSON.parse(text) as Record<string, unknown>;
    const [id, secret, token] = [found['AccessKeyId'], found['SecretAccessKey'], found['SessionToken']];
    if (typeof id !== 'string' || typeof secret !== 'string') return undefined;
    return made(id, secret, typeof token === 'string' ? token : undefined, true);
  } catch {
    return undefined;
  }
}

function reasonOf(end: ProgramEnd): string {
  if (end.kind === 'missing') return 'it is not installed';
  if (end.kind === 'killed') return `it took longer than ${PATIENCE / 1000} s`;
  // Its output can hold credentials.
  if (end.code === 0) return 'its output is not of the form that AWS defines';
  if (/invalid choice/i.test(end.stderr))
    return 'this version has no `configure export-credentials`: AWS CLI 2 has';
  return end.stderr.trim().split('\n').at(-1)!.slice(0, 300) || `it ended with code ${end.code}`;
}
