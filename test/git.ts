// git in a repository of a test, as somebody whose name needs no configuration.
import { execFileSync } from 'node:child_process';

export const gitIn =
  (cwd: string) =>
  (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd });
