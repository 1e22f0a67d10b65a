// The headers by which a remote's options reach the server.
import { hash } from 'node:crypto';
import type { Declared } from '../remote-kind.ts';
import { unsupported } from '../remote-problem.ts';
import type { RemoteOptions } from '../remote-options.ts';

export type Headers = Readonly<Record<string, string>>;

/** Go with the first request that writes an object. */
export function writingHeaders(options: RemoteOptions): Headers {
  const grants = ['full_control', 'read', 'read_acp', 'write_acp'].map(
    (right) => [`x-amz-grant-${right.replaceAll('_', '-')}`, options.text(`grant_${right}`)] as const,
  );
  return given([
    ['x-amz-acl', options.text('acl')],
    ['x-amz-server-side-encryption', options.text('sse')],
    ['x-amz-server-side-encryption-aws-kms-key-id', options.text('sse_kms_key_id')],
    ...grants,
  ]);
}

/** Go with every request about an object. */
export function customerKeyHeaders({ name, declared }: Declared, options: RemoteOptions): Headers {
  const key = options.text('sse_customer_key');
  if (!key) return {};
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32)
    throw unsupported(
      name,
      declared,
      'its sse_customer_key is not a key of 32 bytes in base64',
      'make one: `openssl rand -base64 32`',
    );
  const prefix = 'x-amz-server-side-encryption-customer';
  return {
    [`${prefix}-algorithm`]: options.text('sse_customer_algorithm') ?? 'AES256',
    [`${prefix}-key`]: bytes.toString('base64'),
    [`${prefix}-key-md5`]: hash('md5', bytes, 'base64'),
  };
}

const given = (headers: readonly (readonly [string, string | undefined])[]): Headers =>
  Object.fromEntries(headers.flatMap(([name, value]) => (value ? [[name, value]] : [])));
