// Every `pipe …` that a page shows is a command with flags that the program has, whether or not a test runs it. Basic tools are called
// with options that both GNU and BSD know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandTree, type CommandDescription } from '../../scripts/command-tree.ts';
import { blocksOf, pages, proseOf, readPage, shownIn } from './page.ts';

const commands = new Map(commandTree().map((command) => [command.name, command]));
const npmScripts = new Set(
  Object.keys((JSON.parse(readPage('package.json')) as { scripts: Record<string, string> }).scripts),
);

interface Call {
  readonly text: string;
  readonly words: readonly string[];
}

for (const page of pages)
  test(page, () => {
    const calls = shellTexts(readPage(page)).flatMap(callsIn);
    const wrong = calls.filter((call) => problemOf(call) !== undefined);
    assert.deepEqual(
      wrong.map((call) => `${call.text}: ${problemOf(call)}`),
      [],
    );
  });

/** What a reader would type: blocks for the shell, commands in CI files, and code in the text. */
function shellTexts(page: string): string[] {
  const inBlocks = blocksOf(page).flatMap(({ language, text }) => {
    if (language === 'console') return shownIn(text).map(({ command }) => command);
    if (language === 'sh' || language === '') return [text];
    return language === 'yaml'
      ? [...text.matchAll(/^\s*- (?:run: )?(pipe .*)$/gm)].map(([, run]) => run!)
      : [];
  });
  // Headings quote messages.
  const text = proseOf(page).replaceAll(/^#.*$/gm, '');
  const inText = [...text.matchAll(/`((?:npx )?(?:pipe|npm) [^`]*)`/g)].map(([, code]) => code!);
  return [...inBlocks, ...inText];
}

/** Simple commands, without what pipes, comments and the like surround them with. */
function callsIn(text: string): Call[] {
  return text
    .replaceAll(/<<'?EOF'?\n[^]*?^EOF$/gm, '')
    .replaceAll(/(^|\s)#.*$/gm, '')
    .split(/\n|&&|\|\|?|;/)
    .map((part) => part.trim().replace(/^npx (?=pipe\b)/, ''))
    .map((part) => ({ text: part, words: part.match(/'[^']*'|"[^"]*"|\S+/g) ?? [] }));
}

function problemOf({ words }: Call): string | undefined {
  const [program, ...rest] = words;
  if (program === 'pipe') return problemOfPipe(rest);
  if (program === 'npm' && rest[0] === 'run' && rest[1] !== undefined)
    return npmScripts.has(rest[1]) ? undefined : `no script ${rest[1]}`;
  if (program === 'npm' && (rest[0] === 'start' || rest[0] === 'test'))
    return npmScripts.has(rest[0]) ? undefined : `no script ${rest[0]}`;
  if (program === 'sed' && rest.some((word) => word.startsWith('-i')))
    return 'sed -i differs between GNU and BSD';
  if (BASIC_TOOLS.has(program!) && rest.some((word) => word.startsWith('--'))) return 'a long option of GNU';
  return undefined;
}

const BASIC_TOOLS = new Set(
  'cat cp cut date echo grep head ln ls mkdir mv printf rm sed sort tail touch tr wc'.split(' '),
);

function problemOfPipe(words: readonly string[]): string | undefined {
  if (words.length === 0 || /^[A-Z…]/.test(words[0]!)) return undefined;
  if (words[0] === '--version' || words[0] === '--help' || words[0] === 'help') return undefined;
  const pair = commands.get(words.slice(0, 2).join(' '));
  const command = pair ?? commands.get(words[0]!);
  if (!command) return `no command '${words[0]}'`;
  const rest = words.slice(pair ? 2 : 1);
  if (command.group && rest.length > 0 && !rest[0]!.startsWith('-')) return `no command '${rest[0]}'`;
  const end = rest.indexOf('--');
  const flags = (end === -1 ? rest : rest.slice(0, end)).filter((word) => /^-[-\w]/.test(word));
  return flags.map((flag) => problemOfFlag(command, flag)).find(Boolean);
}

function problemOfFlag(command: CommandDescription, flag: string): string | undefined {
  const name = flag.startsWith('--') ? flag.split('=')[0]! : flag.slice(0, 2);
  const known = [
    '-h',
    '--help',
    ...command.options.flatMap(({ term }) => term.match(/(?<![\w-])--?[\w-]+/g) ?? []),
  ];
  return known.includes(name) ? undefined : `no flag ${name}`;
}
