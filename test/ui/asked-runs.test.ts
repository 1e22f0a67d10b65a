// What somebody presses on the page becomes a run with that choice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPageServer } from '../../src/ui/ui.ts';
import { makeSpace } from '../hash/space.ts';

test('a run that is to be forced is forced, one that is not is not, and the page hears why it failed', async (t) => {
  const space = makeSpace(t);
  space.write('pipeline.yaml', 'stages:\n  a: {cmd: echo > a, outs: [a]}\n');
  const [folder, words] = [process.cwd(), process.argv];
  t.after(() => {
    process.chdir(folder);
    process.argv = words;
  });
  process.chdir(space.root);
  const server = await openPageServer(0, {});
  t.after(() => server.close());
  // In place of pipe: it fails with its arguments.
  const script = space.write(
    'pipe.mjs',
    'console.error(JSON.stringify(process.argv.slice(2))); process.exitCode = 1;',
  );
  process.argv = [words[0]!, script];
  const headers = { authorization: server.url.replace(/.*token=/, 'Bearer ') };
  const address = `http://127.0.0.1:${server.port}/api`;
  const events = await fetch(`${address}/events`, { headers });
  const said = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (const force of [true, false]) {
    const body = JSON.stringify({ targets: ['a'], force });
    await (await fetch(`${address}/start`, { method: 'POST', headers, body })).text();
    while (!/"type":"problem"[^\n]*\n\n/.test(text)) text += (await said.read()).value!;
    assert.equal(/--force/.test(text), force, text);
    text = '';
  }
  await said.cancel();
});
