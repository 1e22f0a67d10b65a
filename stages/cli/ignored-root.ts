// The folder of all outputs is not for git: where nothing ignores it yet, it gets a .gitignore of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param outputs relative to the root */
export function ignoreOutputs(root: string, outputs: string): void {
  const { status } = spawnSync('git', ['check-ignore', '-q', join(outputs, 'train/x')], { cwd: root });
  // 1: not ignored. Anything else: ignored, no repository, or no git.
  const file = join(root, outputs, '.gitignore');
  if (status !== 1 || existsSync(file)) return;
  mkdirSync(join(root, outputs), { recursive: true });
  writeFileSync(file, '*\n');
}
