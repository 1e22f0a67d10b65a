// docs/from-dvc.md: every command of DVC has a row, and the steps of the move work in a repository that DVC made.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { blocksOf, readPage, type Block } from '../../docs/page.ts';
import { runBlocks, temporaryFolder } from '../../docs/session.ts';
import { dvcPrograms } from '../dvc/twins.ts';

const page = 'docs/from-dvc.md';
const dvc = dvcPrograms();

/** Prints the public commands that do something themselves. */
const LIST_COMMANDS = `
import argparse
from dvc.cli.parser import get_main_parser

def walk(parser, above):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            public = {choice.dest.split(' ')[0] for choice in action._choices_actions}
            seen = set()
            for name, inner in action.choices.items():
                if id(inner) not in seen and name in public:
                    if not walk(inner, above + [name]):
                        print(' '.join(above + [name]))
                seen.add(id(inner))
            return True
    return False

walk(get_main_parser(), ['dvc'])
`;

test('every command of DVC has one row', () => {
  const { stdout } = spawnSync(join(dvc, 'python'), ['-c', LIST_COMMANDS], { encoding: 'utf8' });
  const commands = stdout.trim().split('\n').sort();
  assert.ok(commands.length > 60, stdout);
  const rows = [...readPage(page).matchAll(/^\| `(dvc [^`]*)` \|/gm)].map(([, command]) => command!);
  assert.deepEqual(rows.sort(), commands);
});

test('the steps of the move: nothing runs again', (t) => {
  const move = blocksOf(readPage(page)).find(({ text }) => text.includes('git mv dvc.yaml'));
  assert.ok(move);
  const block = (text: string): Block => ({ ...move, text, language: 'console' });
  runBlocks(
    t,
    page,
    [
      block(`$ git init -q . && dvc init -q
$ echo 'the fog comes' > poem.txt
$ dvc stage add -q -n count -d poem.txt -o count.txt 'wc -w < poem.txt > count.txt'
$ dvc repro -q && git add . && git commit -q -m First
`),
      move,
      block(`$ pipe repro
Everything is up to date. 1 fresh, 5 ms
$ git commit -q -m Move && git status --short | wc -l | tr -d ' '
0
`),
    ],
    { root: temporaryFolder(t), programs: [dvc, ...process.env['PATH']!.split(delimiter)] },
  );
});
