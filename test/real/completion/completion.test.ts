// Completion in the shells themselves, in a real terminal: what Tab writes.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeWorkspace, pipeBin } from '../../workspace.ts';
import { openTerminal, type Terminal } from '../terminal/tmux.ts';

const pipeline = `stages:
  prepare: {cmd: echo 1 > data.txt, outs: [data.txt]}
  train:
    matrix: {width: [64, 128], rate: [0.1]}
    cmd: echo \${item.width} > model-\${item.width}.txt
    deps: [data.txt]
    params: [seed]
    outs: ['model-\${item.width}.txt']
config:
  remotes: {shared: {url: remote}}
`;

interface Shell {
  readonly command: (home: string) => readonly string[];
  /** Start-up file and its text. */
  readonly setUp: readonly [file: string, text: string];
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    command: (home) => ['bash', '--noprofile', '--rcfile', join(home, 'rc')],
    setUp: ['rc', `PS1='> '; bind 'set show-all-if-ambiguous on'; eval "$(pipe completion bash)"\n`],
  },
  zsh: {
    command: (home) => ['env', `ZDOTDIR=${home}`, 'zsh', '-d'],
    setUp: ['.zshrc', `PS1='> '; autoload -Uz compinit && compinit -u -D\neval "$(pipe completion zsh)"\n`],
  },
  fish: {
    command: (home) => ['env', `XDG_CONFIG_HOME=${home}`, 'fish', '--private'],
    setUp: [
      'fish/config.fish',
      `set -g fish_greeting\nfunction fish_prompt; echo '> '; end\nset -g fish_autosuggestion_enabled 0\npipe completion fish | source\n`,
    ],
  },
};

for (const [name, { command, setUp }] of Object.entries(SHELLS)) {
  const installed = spawnSync(name, ['--version']).status === 0;
  test(
    `Tab in ${name}: commands, flags, stages and remotes`,
    { skip: installed ? false : `${name} is not installed` },
    async (t) => {
      const workspace = makeWorkspace(t, { 'pipeline.yaml': pipeline, 'params.yaml': 'seed: 1\n' });
      workspace.write(`home/${setUp[0]}`, setUp[1]);
      const path = commandFolder(t);
      await workspace.expect(0, 'repro');
      await workspace.expect(0, 'exp', 'run', 'brisk-otter', '-S', 'seed=2');
      const terminal = openTerminal(t, ['env', `PATH=${path}`, ...command(workspace.path('home'))], {
        cwd: workspace.root,
        columns: 120,
      });
      await terminal.until(/^> ?$/m);
      await completes(terminal, 'pipe rep', 'pipe repro');
      await completes(terminal, 'pipe stage li', 'pipe stage list');
      await completes(terminal, 'pipe repro --keep', 'pipe repro --keep-going');
      await completes(terminal, 'pipe why prep', 'pipe why prepare');
      await completes(terminal, 'pipe repro train@1', 'pipe repro train@128-0.1');
      await completes(terminal, 'pipe push -r sh', 'pipe push -r shared');
      await completes(terminal, 'pipe repro -j 4 pr', 'pipe repro -j 4 prepare');
      await completes(terminal, 'pipe completion fi', 'pipe completion fish');
      await completes(terminal, 'pipe exp ap', 'pipe exp apply');
      await completes(terminal, 'pipe exp apply br', 'pipe exp apply brisk-otter');
      await completes(terminal, 'pipe exp run --ran', 'pipe exp run --random');
      await completes(terminal, 'pipe exp show --be', 'pipe exp show --best');
      await completes(terminal, 'pipe metrics diff bris', 'pipe metrics diff brisk-otter');
      await completes(terminal, 'pipe metrics show --ov', 'pipe metrics show --over');
      await completes(terminal, 'pipe plots dif', 'pipe plots diff');
    },
  );
}

test(
  'completing commands and flags starts no process',
  { skip: spawnSync('bash', ['-c', ':']).error ? 'no bash' : false },
  async (t) => {
    const workspace = makeWorkspace(t, {});
    const { stdout } = await workspace.expect(0, 'completion', 'bash');
    // Without a PATH any program would be missed.
    const complete = (line: string): string =>
      spawnSync(
        'bash',
        ['-c', `PATH=; ${stdout}\nCOMP_LINE=$1 COMP_POINT=\${#1}; _pipe; echo "\${COMPREPLY[*]}"`, '_', line],
        {
          encoding: 'utf8',
        },
      ).stdout.trim();
    assert.equal(complete('pipe chec'), 'checkout');
    assert.equal(complete('pipe gc --max'), '--max-size');
  },
);

/** A PATH with `pipe` as an installed command. */
function commandFolder(t: TestContext): string {
  const { root } = makeWorkspace(t, {});
  writeFileSync(join(root, 'pipe'), `#!/bin/sh\nexec '${process.execPath}' '${pipeBin}' "$@"\n`);
  chmodSync(join(root, 'pipe'), 0o755);
  return `${root}${delimiter}${process.env['PATH']}`;
}

/** Types the text and Tab, waits for what it becomes, and clears the line. */
async function completes(terminal: Terminal, typed: string, completed: string): Promise<void> {
  terminal.keys('-l', typed);
  await terminal.until(new RegExp(`^> ${escaped(typed)}`, 'm'));
  terminal.keys('Tab');
  await terminal.until(new RegExp(`^> ${escaped(completed)} ?$`, 'm'));
  terminal.keys('C-u', 'C-l');
  await terminal.until(/^> ?$/);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\@]/g, '\\$&');
