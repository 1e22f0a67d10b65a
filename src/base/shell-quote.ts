// One word of a POSIX shell command.

/** Quotes only where the shell asks for it, with single quotes, as Python's `shlex.quote` does. */
export function shellQuote(word: string): string {
  if (word === '') return "''";
  return /[^\w@%+=:,./-]/.test(word) ? `'${word.replaceAll("'", `'"'"'`)}'` : word;
}
