// What S3's refusals mean to the user.
import type { PipeError } from '../../../base/problem.ts';
import { refused, unreachable } from '../remote-problem.ts';
import { faultText, type Fault } from './fault.ts';

export interface ShownRemote {
  readonly name: string;
  readonly url: string;
  readonly endpoint: string | undefined;
}

/** @param doing `write objects` */
export function refusal(here: ShownRemote, doing: string, fault: Fault): PipeError {
  if (fault.code === 'NoSuchBucket')
    return unreachable(here, faultText(fault), 'correct the bucket in the URL, or create it');
  return refused(here, doing, faultText(fault), hintFor(fault, here.endpoint));
}

const PERMISSIONS =
  'the credentials need s3:ListBucket on the bucket, and s3:GetObject (to push also s3:PutObject) on its objects; check which are used: `aws sts get-caller-identity`';
const OTHER_KEY =
  'check access key and secret (environment, profile, `aws configure list`), and the endpoint';
const CLOCK = 'set the clock of this machine';
const REGION = 'set `region:` of the remote to the region of the bucket';

const HINTS: Readonly<Record<string, string | undefined>> = {
  AccessDenied: PERMISSIONS,
  AllAccessDisabled: PERMISSIONS,
  AccessControlListNotSupported: 'the bucket has no access lists: take `acl:` and `grant_…:` out',
  AuthorizationHeaderMalformed: REGION,
  EntityTooLarge: 'the server takes no objects of this size',
  ExpiredToken: 'get new temporary credentials (`aws sso login`), or set the present session token',
  IllegalLocationConstraintException: REGION,
  InvalidAccessKeyId: OTHER_KEY,
  InvalidBucketName: 'correct the bucket in the URL',
  InvalidClientTokenId: OTHER_KEY,
  InvalidObjectState: 'the object is in an archive: restore it first (`aws s3api restore-object`)',
  InvalidToken: 'get new temporary credentials (`aws sso login`), or unset AWS_SESSION_TOKEN',
  PermanentRedirect: REGION,
  QuotaExceeded: 'free some space on the server, or raise the quota',
  RequestTimeTooSkewed: CLOCK,
  SignatureDoesNotMatch: OTHER_KEY,
  XAdminUserNotFound: OTHER_KEY,
  UserSuspended: 'the account is suspended: ask whoever runs the server',
  XMinioStorageFull: 'free some space on the server',
};

function hintFor({ code, status }: Fault, endpoint: string | undefined): string {
  if (code === 'SignatureDoesNotMatch' && endpoint !== undefined && /\/\/[^/]*\//.test(endpoint))
    return `${OTHER_KEY}; the path of the endpoint is signed too, so a proxy must not take it away before the server checks`;
  if (code.startsWith('KMS.')) return 'check `sse_kms_key_id`, and the permission to use the key';
  const known = HINTS[code];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return PERMISSIONS;
  if (status === 301 || status === 307) return REGION;
  if (status === 507) return 'free some space on the server';
  return 'check the URL, the endpoint and the options of the remote';
}
