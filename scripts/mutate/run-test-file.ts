import { spawn } from 'node:child_process';

/**
 * @param root where it runs. @param seconds after which it is ended, and counts as red.
 * @returns whether every test of the file is green.
 */
export function runTestFile(
  root: string,
  test: string,
  env: NodeJS.ProcessEnv,
  seconds = 600,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what a hanging test started ends with it.
    const child = spawn(process.execPath, ['--test', '--test-reporter=dot', test], {
      cwd: root,
      // A cache could hold the code without the fault, and counts calls less precisely.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
      stdio: 'ignore',
      detached: true,
    });
    const end = (): void => void process.kill(-child.pid!, 'SIGKILL');
    const timer = setTimeout(end, seconds * 1000);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}
