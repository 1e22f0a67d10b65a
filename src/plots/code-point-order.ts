// The order of texts in Python: by code points.

export const codePointOrder = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
