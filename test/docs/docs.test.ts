// Runs what the documentation shows, and holds what it prints against what the page says. In a page, a fence
// ```yaml title=pipeline.yaml writes a file, and ```console runs its `$` lines: in a folder of its own for each page, or,
// after `<!-- workspace: experiment -->`, in the tiny experiment. A line `…` stands for any lines; times differ freely.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeTinyExperiment } from '../tiny-experiment.ts';

const repository = dirname(dirname(import.meta.dirname));

interface Fence {
  readonly language: string;
  readonly title: string | undefined;
  readonly text: string;
  readonly line: number;
}

function fencesOf(page: string): Fence[] {
  return [...page.matchAll(/^```(\w+)(?: title=(\S+))?\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    title: match[2],
    text: match[3]!,
    line: page.slice(0, match.index).split('\n').length,
  }));
}

interface Shown {
  readonly command: string;
  readonly output: string;
}

function shownIn(text: string): Shown[] {
  return text
    .split(/^\$ /m)
    .filter(Boolean)
    .map((part) => {
      const end = /(?<!\\)\n/.exec(part)!.index;
      return { command: part.slice(0, end), output: part.slice(end + 1) };
    });
}

/** The printed lines as a pattern. */
function patternOf(output: string): RegExp {
  const lines = output.trimEnd().split('\n').map(normal);
  const pattern = lines
    .map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${escaped(line)}\\n`))
    .join('');
  return new RegExp(`^${pattern}$`);
}

/** Without what differs from run to run: times, dates, the width that they take. */
function normal(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replace(/ *\b\d+ min \d+ s\b| *\b\d+(?:\.\d)? (?:s|ms)\b/g, ' TIME')
    .trimEnd();
}

for (const page of ['README.md', ...globSync('docs/*.md', { cwd: repository })]) {
  const text = readFileSync(join(repository, page), 'utf8');
  const fences = fencesOf(text).filter(
    ({ language, title }) => language === 'console' || title !== undefined,
  );
  if (fences.length === 0) continue;
  test(page, (t) => {
    const experiment = text.includes('<!-- workspace: experiment -->');
    const root = experiment ? makeTinyExperiment() : realpathSync(mkdtempSync(join(tmpdir(), 'pipe-docs-')));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const bin = mkdtempSync(join(tmpdir(), 'pipe-bin-'));
    t.after(() => rmSync(bin, { recursive: true, force: true }));
    symlinkSync(join(repository, 'bin/pipe.js'), join(bin, 'pipe'));
    const env = {
      ...process.env,
      CI: undefined,
      NODE_TEST_CONTEXT: undefined,
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
    };
    for (const fence of fences) {
      if (fence.title !== undefined) {
        mkdirSync(dirname(join(root, fence.title)), { recursive: true });
        writeFileSync(join(root, fence.title), fence.text);
        continue;
      }
      for (const { command, output } of shownIn(fence.text)) {
        const ran = spawnSync('sh', ['-c', command.replace(/^npx /, '')], {
          cwd: root,
          env,
          encoding: 'utf8',
        });
        const printed = (ran.stdout + ran.stderr).split('\n').map(normal).join('\n').trimEnd() + '\n';
        if (output.trim() !== '')
          assert.match(
            printed,
            patternOf(output),
            `${page}:${fence.line}: $ ${command}\n${ran.stdout}${ran.stderr}`,
          );
        else assert.equal(ran.status, 0, `${page}:${fence.line}: $ ${command}\n${printed}`);
      }
    }
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
