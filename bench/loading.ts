// Reading, resolving and graphing 1,000 stages, beside DVC doing the same.
import { execSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFanOut } from './fan-out.ts';
import { sideBySide, table, type Candidate } from './measure.ts';
import { pipe, type Peers } from './peers.ts';

const matrix = `stages:
  train:
    matrix:
      a: [${Array.from({ length: 10 }, (_, n) => n).join(', ')}]
      b: [${Array.from({ length: 10 }, (_, n) => n).join(', ')}]
      c: [${Array.from({ length: 10 }, (_, n) => n).join(', ')}]
    cmd: train \${item.a} \${item.b} \${item.c}
    deps:
    - data.csv
    outs:
    - models/\${item.a}-\${item.b}-\${item.c}
`;

export function loading(home: string, peers: Peers, rounds: number): string[] {
  const dvc = peers.dvc?.run.split(' ')[0];
  return (['plain', 'matrix'] as const).map((shape) => {
    const folder = join(home, `loading-${shape}`);
    if (shape === 'plain') makeFanOut(folder, 1000, 'dvc');
    else {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'dvc.yaml'), matrix);
    }
    if (peers.dvc?.init) execSync(peers.dvc.init, { cwd: folder, stdio: 'ignore' });
    const candidates: Candidate[] = [
      { name: 'pipe stage list', command: `${pipe} stage list`, cwd: folder },
      ...(dvc ? [{ name: 'dvc stage list', command: `${dvc} stage list`, cwd: folder }] : []),
    ];
    return table(`1,000 stages, ${shape}`, sideBySide(candidates, rounds), 'pipe stage list');
  });
}
