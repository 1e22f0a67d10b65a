// Finds the credentials for AWS and what speaks its protocol, in the order of AWS' own tools: the environment, the files, a program
// that the files name, what containers and machines of AWS are given, and what only `aws` itself can get (single sign-on, roles).
import { callProgram, type Called } from '../../../base/call-program.ts';
import { PipeError } from '../../../base/problem.ts';
import { shellQuote } from '../../../base/shell-quote.ts';
import type { Environment } from '../credentials.ts';
import { isCommitted } from '../trusted-hosts.ts';
import type { AwsProfile } from './aws-files.ts';
import { made, NotGiven, parseGiven, type FoundCredentials } from './given-credentials.ts';
import { fromMachine, fromWebIdentity } from './machine-credentials.ts';
import { takeRole } from './security-tokens.ts';
import type { Credentials } from './sign.ts';

export interface CredentialsOptions {
  readonly remote: string;
  readonly env: Environment;
  readonly profile: AwsProfile;
  /** The remote itself names the profile: the environment has no say then. */
  readonly profileIsDeclared: boolean;
  readonly region: string;
}

/** Milliseconds; single sign-on takes some seconds. */
const PATIENCE = 60_000;

/** @throws PipeError where there are none, or the program that should give them fails. */
export async function findCredentials(options: CredentialsOptions): Promise<FoundCredentials> {
  const { env, profile, profileIsDeclared } = options;
  const own = profileIsDeclared ? undefined : inEnvironment(env);
  if (own) return own;
  const base = roleSource(profile, env);
  if (base) return fromRole(base, options);
  return (await fromAccount(options)) ?? (await fromProfile(options)) ?? fromAws(options);
}

/** Counts more than keys in the files, and less than a role that the profile names. */
async function fromAccount(options: CredentialsOptions): Promise<FoundCredentials | undefined> {
  const { env, profile, profileIsDeclared, region } = options;
  if (profileIsDeclared || profile.get('role_arn') !== undefined) return undefined;
  return fromWebIdentity(env, region).catch(refuse(options));
}

/** Keys beside the settings count less than a program, those in the file for them count more. */
async function fromProfile(options: CredentialsOptions): Promise<FoundCredentials | undefined> {
  const { env, profile, profileIsDeclared } = options;
  if (PROVIDERS.some((key) => profile.get(key) !== undefined)) return undefined;
  const kept = keysIn((key) => profile.inCredentials(key), profile.credentialFile);
  if (kept) return kept;
  const command = profile.get('credential_process');
  if (command !== undefined) return fromProcess(command, options);
  const set = keysIn((key) => profile.get(key), profile.configFile);
  if (set || profileIsDeclared) return set;
  return fromMachine(env).catch(refuse(options));
}

/** The keys that a profile assumes its role with; undefined where only `aws` can get them: it asks for codes, and signs on. */
function roleSource(profile: AwsProfile, env: Environment): Credentials | undefined {
  if (profile.get('role_arn') === undefined || profile.get('mfa_serial') !== undefined) return undefined;
  if (profile.get('credential_source') === 'Environment') return inEnvironment(env);
  const source = profile.get('source_profile');
  if (source === undefined) return undefined;
  const isPlain = profile.of(source, 'role_arn') === undefined || source === (profile.named ?? 'default');
  return isPlain ? keysIn((key) => profile.of(source, key), `the profile '${source}'`) : undefined;
}

function fromRole(credentials: Credentials, options: CredentialsOptions): Promise<FoundCredentials> {
  const { profile, env, region } = options;
  const [id, seconds] = [profile.get('external_id'), profile.get('duration_seconds')];
  const request = {
    action: 'AssumeRole',
    role: profile.get('role_arn')!,
    session: profile.get('role_session_name'),
    fields: { ...(id && { ExternalId: id }), ...(seconds && { DurationSeconds: seconds }) },
    credentials,
    region: profile.get('region') ?? region,
  } as const;
  return takeRole(request, env).catch(refuse(options));
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

const inEnvironment = (env: Environment): FoundCredentials | undefined =>
  keysIn((key) => env[key.toUpperCase()], 'the environment', 'AWS_SECRET_ACCESS_KEY');

/**
 * @param where for people. @param secretName as the secret is called there. @throws PipeError for an access key without its secret: whoever set it does not mean those of other
 * places, to which another account can belong.
 */
function keysIn(
  get: (key: string) => string | undefined,
  where: string,
  secretName = 'aws_secret_access_key',
): FoundCredentials | undefined {
  const [id, secret] = [get('aws_access_key_id'), get('aws_secret_access_key')];
  if (!id) return undefined;
  if (secret) return made(id, secret, get('aws_session_token'), false);
  throw new PipeError({
    code: 'remote-credentials',
    title: 'there is an AWS access key without its secret',
    facts: [
      ['found in', where],
      ['missing', secretName],
    ],
    hint: 'set both, or neither',
  });
}

/** Where they are meant to be had, no others are looked for. */
const refuse =
  ({ remote }: CredentialsOptions) =>
  (error: unknown): never => {
    if (!(error instanceof NotGiven)) throw error;
    throw new PipeError({
      code: 'remote-credentials',
      title: `${error.asked} cannot be had for the remote '${remote}'`,
      facts: [['reason', error.message]],
      hint: 'check the profile, what AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_CONTAINER_CREDENTIALS_… say, and the rights of the role',
    });
  };

async function fromProcess(
  command: string,
  { remote, profile, env }: CredentialsOptions,
): Promise<FoundCredentials> {
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
  const end = await callProgram('/bin/sh', ['-c', command], { env: { ...env }, timeout: PATIENCE });
  const found = end.kind === 'ended' && end.code === 0 ? parseGiven(end.stdout.toString()) : undefined;
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

async function fromAws({ remote, profile, env }: CredentialsOptions): Promise<FoundCredentials> {
  const named = profile.named === undefined ? [] : ['--profile', profile.named];
  const files = { AWS_CONFIG_FILE: profile.configFile, AWS_SHARED_CREDENTIALS_FILE: profile.credentialFile };
  const args = ['configure', 'export-credentials', '--format', 'process', ...named];
  const end = await callProgram('aws', args, { env: { ...env, ...files }, timeout: PATIENCE });
  const found = end.kind === 'ended' && end.code === 0 ? parseGiven(end.stdout.toString()) : undefined;
  if (found) return found;
  const signsOn = profile.get('sso_session') ?? profile.get('sso_start_url');
  const login =
    profile.named === undefined ? 'aws sso login' : `aws sso login --profile ${shellQuote(profile.named)}`;
  throw new PipeError({
    code: 'remote-credentials',
    title: `there are no credentials for the remote '${remote}'`,
    facts: [
      ['looked at', `AWS_ACCESS_KEY_ID, ${profile.credentialFile}, ${profile.configFile}, the program aws`],
      ['aws', end.kind === 'missing' ? 'is not installed' : reasonOf(end)],
    ],
    hint: `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (AWS_PROFILE); for single sign-on and roles install AWS CLI 2${
      signsOn === undefined ? '' : ` and run \`${login}\``
    }; to read a public bucket, set \`allow_anonymous_login: true\``,
  });
}

function reasonOf(end: Called): string {
  if (end.kind === 'missing') return 'it is not installed';
  if (end.code === null) return `it took longer than ${PATIENCE / 1000} s`;
  // Its output can hold credentials.
  if (end.code === 0) return 'its output is not of the form that AWS defines';
  if (/invalid choice/i.test(end.stderr))
    return 'this version has no `configure export-credentials`: AWS CLI 2 has';
  return end.stderr.trim().split('\n').at(-1)!.slice(0, 300) || `it ended with code ${end.code}`;
}
