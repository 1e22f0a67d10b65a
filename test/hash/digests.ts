// Digests as Node computes them.
import { createHash } from 'node:crypto';

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
export const md5 = (data: string | Uint8Array): string => createHash('md5').update(data).digest('hex');
