// Every command that DVC has is one of pipe, or answered by it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { makeWorkspace } from '../../workspace.ts';
import { dvcPrograms } from './twins.ts';

/** Prints the names of all commands, `remote add` for one below another. */
const LIST = `
import argparse
from dvc.cli.parser import get_main_parser
def walk(parser, path):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                print(*path, name)
                if not path: walk(inner, (name,))
walk(get_main_parser(), ())
`;

/** How many words name a command in its usage; an alias is printed under the command's own name. */
function wordsOf(usage: string): number {
  const words = /^Usage: pipe (.*)/.exec(usage)?.[1]?.split(' ') ?? [];
  const rest = words.findIndex((word) => /^[[<]/.test(word));
  return rest === -1 ? words.length : rest;
}

test('a command of DVC is never an unknown command', async (t) => {
  const { stdout, status, stderr } = spawnSync(join(dvcPrograms(), 'python'), ['-c', LIST], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const names = stdout.trim().split('\n');
  assert.ok(names.length > 60, `${names.length} commands`);
  const workspace = makeWorkspace(t, {});
  const unknown: string[] = [];
  for (const name of names) {
    // The help of a command that pipe has; the answer for one that it has not.
    const ran = await workspace.pipe(...name.split(' '), '--help');
    const isOwn = ran.code === 0 && wordsOf(ran.stdout) === name.split(' ').length;
    if (!isOwn && !(ran.code === 2 && ran.stderr.includes('[dvc-command]'))) unknown.push(name);
  }
  assert.deepEqual(unknown, []);
});
