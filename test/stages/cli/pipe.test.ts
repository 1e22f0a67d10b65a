// How the experiment's command calls pipe: a small program has its place.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { join } from 'node:path';
import { makeSpace } from '../../hash/space.ts';

test('who stops the command stops its run', { timeout: 30_000 }, async (t) => {
  const space = makeSpace(t);
  space.write(
    'bin/pipe.js',
    `for (const signal of ['SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    console.log('ended by ' + signal);
    process.exit(7);
  });
console.log(JSON.stringify([process.pid, process.argv.slice(2)]));
setInterval(() => undefined, 1000);
`,
  );
  const script = `import { runPipe } from ${JSON.stringify(join(import.meta.dirname, '../../../stages/cli/pipe.ts'))};
const stop = new AbortController();
console.log(await runPipe(['repro', 'a b'], process.cwd(), stop), stop.signal.aborted);`;
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const command = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: space.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    command.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    await once(command.stdout, 'data');
    const [pid, args] = JSON.parse(printed) as [number, readonly string[]];
    let isOver = false;
    t.after(() => isOver || process.kill(pid, 'SIGKILL'));
    assert.deepEqual(args, ['repro', 'a b']);
    command.kill(signal);
    await once(command, 'close');
    isOver = true;
    assert.match(printed, new RegExp(`\nended by ${signal}\n7 true\n$`));
  }
});
