// What a terminal shows, as a page: commands and their coloured output.

export interface Shown {
  readonly command: string;
  /** With escape sequences of colours. */
  readonly output: string;
}

export function terminalHtml(shown: readonly Shown[]): string {
  const lines = shown.map(
    ({ command, output }) => `<b class="prompt">$</b> <b>${escapeHtml(command)}</b>\n${coloured(output)}`,
  );
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><main><pre>${lines.join('\n')}</pre></main>`;
}

const STYLE = `
body { margin: 0; background: #fff }
main { padding: 18px 24px; background: #1d2129; border-radius: 8px; width: 720px }
pre { margin: 0; font: 14px/1.4 'DejaVu Sans Mono', monospace; color: #d5d9e0 }
.prompt { color: #6cb6ff }
.c1 { font-weight: bold } .c2 { color: #8b93a1 }
.c31 { color: #f47067 } .c32 { color: #6bc46d } .c33 { color: #daaa3f }
.c34 { color: #6cb6ff } .c35 { color: #dcbdfb } .c36 { color: #56d4dd } .c90 { color: #8b93a1 }
`;

/** Each run of text gets the classes of the colours that are on. */
function coloured(text: string): string {
  const on = new Set<string>();
  return text
    .split(new RegExp(String.raw`(${ESCAPE}\[[\d;]*m)`))
    .map((part) => {
      const codes = new RegExp(String.raw`^${ESCAPE}\[([\d;]*)m$`).exec(part);
      if (!codes)
        return on.size === 0
          ? escapeHtml(part)
          : `<span class="${[...on].join(' ')}">${escapeHtml(part)}</span>`;
      for (const code of codes[1]!.split(';')) switchColour(on, Number(code));
      return '';
    })
    .join('');
}

const ESCAPE = String.raw`\u001b`;

function switchColour(on: Set<string>, code: number): void {
  if (code === 0) on.clear();
  else if (code === 22) ['c1', 'c2'].forEach((name) => on.delete(name));
  else if (code === 39) [...on].filter((name) => /^c[39]\d$/.test(name)).forEach((name) => on.delete(name));
  else on.add(`c${code}`);
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
