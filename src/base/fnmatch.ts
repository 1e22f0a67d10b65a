// Shell patterns as Python's `fnmatchcase` reads them.

/** `*` matches anything, `/` included, `?` one character, `[ab]` and `[!a]` one of a set. */
export function fnmatch(pattern: string): RegExp {
  const source = pattern.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (whole: string, negation: string | undefined, set: string | undefined) => {
      if (set !== undefined)
        return `[${negation ? '^' : ''}${set.replace(/[\\^\]]/g, '\\$&').replace(/(.)-(.)/g, (range, from, to) => (from <= to ? range : `${from}\\-${to}`))}]`;
      if (whole === '*') return '[\\s\\S]*';
      if (whole === '?') return '[\\s\\S]';
      return whole.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`);
}
