// Names in the parameters of an address, several as one.

/** Several names as one parameter. Undefined for none. */
export const listText = (names: readonly string[]): string | undefined =>
  names.length > 0 ? names.map(encodeURIComponent).join(',') : undefined;

export const listIn = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter(Boolean).map(decoded);

/** As it is where it was not encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
