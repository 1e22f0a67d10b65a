// Names in the parameters of an address, several as one.
import { decoded } from '../../base/decoded.ts';

/** Several names as one parameter. Undefined for none. */
export const listText = (names: readonly string[]): string | undefined =>
  names.length > 0 ? names.map(encodeURIComponent).join(',') : undefined;

export const listIn = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter(Boolean).map(decoded);
