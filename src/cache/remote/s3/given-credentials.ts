// Credentials as programs and services of AWS give them: as JSON.
import type { Credentials } from './sign.ts';

export interface FoundCredentials extends Credentials {
  /** They can be asked for again when they are over. */
  readonly temporary: boolean;
}

export const made = (
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

/** Programs call the token so, services otherwise. @returns undefined for another form. */
export function parseGiven(text: string): FoundCredentials | undefined {
  try {
    const found = JSON.parse(text) as Record<string, unknown>;
    const [id, secret] = [found['AccessKeyId'], found['SecretAccessKey']];
    const token = found['SessionToken'] ?? found['Token'];
    if (typeof id !== 'string' || typeof secret !== 'string') return undefined;
    return made(id, secret, typeof token === 'string' ? token : undefined, true);
  } catch {
    return undefined;
  }
}

/** They are meant to be had somewhere, and could not be. */
export class NotGiven extends Error {
  /** For people. */
  readonly asked: string;

  constructor(asked: string, reason: string) {
    super(reason);
    this.asked = asked;
  }
}
