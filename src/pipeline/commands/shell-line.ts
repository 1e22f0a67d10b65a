// Decides from the text of a line whether it can be a complete shell command: each line of a `cmd` runs separately, so a script
// of several lines does not work. It knows quotes and a few words, not the shell's grammar: where these do not decide, the
// fault is not certain, and a shell checks the line (shell-check.ts).

export type LineFault =
  | { readonly certain: true; readonly what: 'ends in a backslash' | 'opens a here-document' }
  /** Something seems to be left open, or to end what another line began. */
  | { readonly certain: false };

/** A line without any character that could be at fault. */
const ORDINARY = /^(?!;)[^\\'"`<(){}|&]*$/;
const WORDS = /(?:^|[\s;&|(])(?:if|then|elif|else|fi|for|while|until|select|do|done|case|esac)(?=$|[\s;&|)])/;

/** @param line without white space around it. @returns undefined for a line that can be a command. */
export function faultOfLine(line: string): LineFault | undefined {
  if (ORDINARY.test(line) && !WORDS.test(line)) return undefined;
  const { bare, open } = withoutQuotes(line);
  if (open) return { certain: false };
  if (/(?<!\\)(?:\\\\)*\\$/.test(bare)) return { certain: true, what: 'ends in a backslash' };
  // `1 << 2` is arithmetic in these.
  const arithmetic = /\(\(|\$\[|(?:^|\s)let\s/.test(bare);
  if (!arithmetic && /(?<!<)<<(?![<=])-?\s*[\w"'\\.]/.test(bare))
    return { certain: true, what: 'opens a here-document' };
  return isBalanced(bare) ? undefined : { certain: false };
}

/** @returns the text without comments, with `""` for quoted parts; `open`: a quote is not closed. */
function withoutQuotes(line: string): { readonly bare: string; readonly open: boolean } {
  let bare = '';
  for (let at = 0; at < line.length;) {
    const char = line[at]!;
    if (char === '\\') {
      bare += line.slice(at, at + 2);
      at += 2;
    } else if (char === "'" || char === '"' || char === '`') {
      const escapes = char !== "'" || line[at - 1] === '$';
      const end = endOfQuote(line, at + 1, char, escapes);
      if (end < 0) return { bare, open: true };
      bare += '""';
      at = end + 1;
    } else if (char === '#' && /(?:^|[\s;&|(])$/.test(bare.slice(-1))) return { bare, open: false };
    else {
      bare += char;
      at += 1;
    }
  }
  return { bare, open: false };
}

function endOfQuote(line: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < line.length; at += 1) {
    if (escapes && line[at] === '\\') at += 1;
    else if (line[at] === quote) return at;
  }
  return -1;
}

const PAIRS = [
  ['if', 'fi'],
  ['do', 'done'],
  ['case', 'esac'],
  ['{', '}'],
] as const;

/** Whether every construct is closed, and the line neither continues another nor is continued. */
function isBalanced(bare: string): boolean {
  const words = bare.split(/[\s;&|()]+/);
  const count = (word: string): number => words.filter((other) => other === word).length;
  const signs = (sign: string): number => bare.split(sign).length - 1;
  return (
    PAIRS.every(([begin, end]) => count(begin) === count(end)) &&
    // The patterns of a `case` end in `)`.
    (count('case') > 0 || signs('(') === signs(')')) &&
    !/(?:&&|\|)$/.test(bare) &&
    !/^(?:&&?|\|\|?|;|\)|then\b|else\b|elif\b|do\b|fi\b|done\b|esac\b)/.test(bare) &&
    !/^(?:for|while|until|select)\b(?!.*\bdo\b)/.test(bare)
  );
}
