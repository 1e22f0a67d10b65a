// Quotes words of POSIX shell commands.

/** Quotes only where the shell needs it, with single quotes, as Python's `shlex.quote` does. */
export function shellQuote(word: string): string {
  if (word === '') return "''";
  return /[^\w@%+=:,./-]/.test(word) ? `'${word.replaceAll("'", `'"'"'`)}'` : word;
}
