// Writes texts as YAML scalars on one line that every reader reads as the same text.

// Words and numbers of YAML 1.1 and 1.2, and dates.
const NOT_A_STRING = /^(?:null|true|false|~|yes|no|on|off|[-+.]?[\d_.]+(?:e[-+]?\d+)?|\.inf|\.nan|<<|=)$/i;
const PLAIN_IN_BLOCK = /^[A-Za-z_./$\\][\x20-\x7e\p{L}\p{M}\p{N}]*$/u;
const PLAIN_IN_FLOW = /^[A-Za-z_./][\w./@+=-]*$/;

/** @param style `flow`: inside of brackets, where commas and brackets end a plain scalar. */
export function writeString(text: string, style: 'block' | 'flow' = 'block'): string {
  const plain =
    style === 'flow'
      ? PLAIN_IN_FLOW.test(text)
      : PLAIN_IN_BLOCK.test(text) && !/:(?: |$)| #| $|^\.\.\./.test(text);
  return plain && !NOT_A_STRING.test(text) ? text : quoteString(text);
}

/** JSON's escapes are valid in YAML; line separators, which JSON does not escape, would end the line in YAML. */
export function quoteString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u0080-\u009f\u2028\u2029\u007f\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
