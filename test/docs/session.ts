// Runs the blocks of a page as a reader does: one after the other, in one shell, whose folder and variables stay from block to block.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { repository, shownIn, type Block } from './page.ts';

export interface Session {
  /** Where the page begins; pages show it as /home/ada. */
  readonly root: string;
  /** Folders with the programs that the page calls, besides `pipe` and `node`. */
  readonly programs: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pipe-docs-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Step {
  readonly line: number;
  readonly script: string;
  /** What the page shows; nothing: the command has to succeed. */
  readonly output: string;
}

/** @param page its name, for messages. @throws an assertion where something else is printed than the page shows. */
export function runBlocks(t: TestContext, page: string, blocks: readonly Block[], session: Session): void {
  const steps = blocks.flatMap((block) => stepsOf(block, session.root));
  const mark = `-- ${process.pid} step`;
  const script = steps
    .map((step, index) => `${step.script}\nprintf '\\n%s\\n' "${mark} ${index} $?"\n`)
    .join('');
  const bin = temporaryFolder(t);
  symlinkSync(join(repository, 'bin/pipe.js'), join(bin, 'pipe'));
  writeFileSync(join(bin, 'script'), `exec 2>&1\n${script}`);
  const { stdout } = spawnSync('sh', [join(bin, 'script')], {
    cwd: session.root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      CI: undefined,
      NODE_TEST_CONTEXT: undefined,
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
      ...session.env,
      PATH: [bin, dirname(process.execPath), ...session.programs].join(delimiter),
    },
  });
  let rest = stdout;
  for (const [index, { line, script: command, output }] of steps.entries()) {
    const end = new RegExp(`\\n${mark} ${index} (\\d+)\\n`).exec(rest);
    assert.ok(end, `${page}:${line}: the shell ended in\n${command}\n${rest}`);
    const printed = rest.slice(0, end.index).replaceAll(session.root, '/home/ada');
    rest = rest.slice(end.index + end[0].length);
    if (output.trim() === '') assert.equal(end[1], '0', `${page}:${line}: $ ${command}\n${printed}`);
    else assert.match(plain(printed), patternOf(output), `${page}:${line}: $ ${command}\n${printed}`);
  }
}

function stepsOf({ language, title, text, line }: Block, root: string): Step[] {
  if (title !== undefined) {
    const file = join(root, title);
    mkdirSync(dirname(file), { recursive: true });
    const end = 'END-OF-FILE';
    return [{ line, script: `cat > '${file}' <<'${end}'\n${text}${end}`, output: '' }];
  }
  if (language === 'sh') return [{ line, script: `set -e\n${text}set +e`, output: '' }];
  assert.equal(language, 'console');
  return shownIn(text).map(({ command, output }) => ({
    line,
    script: command.replace(/^npx /, ''),
    output,
  }));
}

/** The printed lines as a pattern; `…` is any number of lines. */
function patternOf(output: string): RegExp {
  const pattern = plain(output)
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${escaped(line)}\\n`))
    .join('');
  return new RegExp(`^${pattern}$`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const plain = (text: string): string => text.trimEnd().split('\n').map(normal).join('\n') + '\n';

/** Without what differs from run to run: times with the width that they take, dates, digests, sizes. */
function normal(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replace(/\b\d+(?:\.\d)? (?:B|kB|MB)/g, 'SIZE')
    .replace(/\b(?=[a-f\d]*\d)[a-f\d]{10}\b/g, 'DIGEST')
    .replace(/ *\b\d+ min \d+ s\b| *\b\d+(?:\.\d)? (?:s|ms)\b/g, ' TIME')
    .trimEnd();
}
