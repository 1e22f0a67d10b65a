// Nothing changed, or next to nothing: what `repro` costs then, beside the start of the same Node and the peers.
import { execSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFanOut, type Kind } from './fan-out.ts';
import { sideBySide, table, type Candidate } from './measure.ts';
import { node, type Peers } from './peers.ts';

const start = 'node -e 0';

/** @param slow also the peers that take minutes. */
export function noOp(home: string, peers: Peers, rounds: number, slow: boolean): string[] {
  const candidates = (count: number, kinds: readonly Kind[]): Candidate[] => [
    { name: start, command: `${node} -e 0`, cwd: home },
    ...kinds.flatMap((kind): Candidate[] => {
      const peer = peers[kind];
      if (!peer) return [];
      const folder = join(home, `no-op-${kind}-${count}`);
      makeFanOut(folder, count, kind);
      try {
        for (const command of [peer.init, peer.run, peer.run])
          if (command !== undefined) execSync(command, { cwd: folder, stdio: 'ignore', shell: '/bin/bash' });
      } catch (error) {
        console.error(`${kind}: ${String(error)}`);
        return [];
      }
      return [{ name: kind, command: peer.run, cwd: folder }];
    }),
  ];
  const hundred = sideBySide(
    candidates(100, ['pipe', 'ninja', 'n2', 'make', 'turbo', 'doit', 'wireit', 'snakemake', 'dvc']),
    rounds,
  );
  const thousand = candidates(
    1000,
    slow ? ['pipe', 'ninja', 'n2', 'make', 'dvc'] : ['pipe', 'ninja', 'n2', 'make'],
  );
  const ours = thousand.find(({ name }) => name === 'pipe')!;
  const state = join(ours.cwd, 'cache/state');
  let edits = 0;
  const changed = sideBySide(
    [
      thousand[0]!,
      {
        ...ours,
        name: 'state lost',
        prepare: () => {
          for (const name of ['stat.db', 'verdict']) rmSync(join(state, name), { force: true });
        },
      },
      {
        ...ours,
        name: 'only the verdict lost',
        prepare: () => rmSync(join(state, 'verdict'), { force: true }),
      },
      {
        ...ours,
        name: 'one input edited: 2 stages run',
        prepare: () => writeFileSync(join(ours.cwd, 'in/5.txt'), `edit ${(edits += 1)} ${process.pid}\n`),
      },
    ],
    rounds,
  );
  return [
    table('no-op, 100 stages', hundred, start),
    table('no-op, 1,000 stages', sideBySide(thousand, rounds), start),
    table('1,000 stages, nearly no-op', changed, start),
  ];
}
