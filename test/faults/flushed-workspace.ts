// Runs in which everything happens that must survive a power cut: few and many objects, objects by hard link, a record that
// is replaced, outputs that are saved before they are replaced.
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { makeWorkspace, type TestWorkspace } from '../workspace.ts';

const kinds = { own: 'pipeline.yaml', dvc: 'dvc.yaml' } as const;

/** @param run one `pipe repro -q` in the folder, and what it is for. */
export async function forFlushes(
  t: TestContext,
  kind: keyof typeof kinds,
  run: (workspace: TestWorkspace, what: string) => Promise<void> | void,
): Promise<void> {
  const text = (words: string): string => `
stages:
  few: {cmd: "mkdir -p out/dir && echo ${words} > out/dir/a && echo b > out/b", outs: [out/dir, out/b]}
  many: {cmd: "mkdir -p many && cd many && for i in $(seq 40); do echo ${words} $i > $i; done", deps: [out/dir], outs: [many]}
  large: {cmd: "head -c 5000000 /dev/zero > large && echo ${words} >> large", deps: [out/b], outs: [large]}
  keeps: {cmd: "echo ${words} >> kept/log", deps: [many], outs: [{kept: {persist: true}}]}
`;
  const config = (links: string): string => (kind === 'own' ? `config: {cache: {links: [${links}]}}` : '');
  const file = kinds[kind];
  for (const links of kind === 'own' ? ['copy', 'hardlink'] : ['copy']) {
    const workspace = makeWorkspace(t, {
      [file]: config(links) + text('hello'),
      ...(kind === 'dvc' && { '.dvc/config': '' }),
      'out/b': 'of the user',
      'kept/mine': 'of the user',
    });
    await run(workspace, `${links}: first run`);
    workspace.write(file, config(links) + text('world'));
    rmSync(workspace.path('out/b'));
    workspace.write('out/b', 'changed by the user');
    await run(workspace, `${links}: other results`);
    workspace.remove(kind === 'own' ? 'pipeline.lock' : 'dvc.lock');
    await run(workspace, `${links}: restored`);
  }
}
