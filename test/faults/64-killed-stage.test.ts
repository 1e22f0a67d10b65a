import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPuppets } from '../puppet.ts';
import { makeWorkspace } from '../workspace.ts';
import { puppetPipeline, watchRun } from './puppet-run.ts';

// One shell reports its command's signal as an exit code, the other has become the command.
for (const shell of ['/bin/sh', '/bin/bash'])
  test(`a stage that is killed, as when memory runs out, is named as that under ${shell}; the results of others are kept`, async (t) => {
    const puppets = await openPuppets(t);
    const workspace = makeWorkspace(t, { 'pipeline.yaml': puppetPipeline('killed', 'crashed', 'good') });
    const { end } = watchRun(puppets.start(workspace.root, ['repro', '-k', '-j3'], { SHELL: shell }));
    const [killed, crashed, good] = await Promise.all(
      ['killed', 'crashed', 'good'].map((name) => puppets.next(name)),
    );
    await killed!.tell({ do: 'write', path: 'killed.txt', text: 'half' });
    await killed!.tell({ do: 'die', signal: 'SIGKILL' });
    await crashed!.tell({ do: 'die', signal: 'SIGSEGV' });
    await good!.tell({ do: 'write', path: 'good.txt', text: 'whole' });
    await good!.tell({ do: 'exit', code: 0 });
    const { code, output } = await end;
    assert.equal(code, 1);
    assert.match(
      output,
      /'killed' failed: (exit code 137, of a command )?killed by SIGKILL \(out of memory\?\)/,
    );
    assert.match(output, /'crashed' failed: (exit code 139, of a command )?ended by SIGSEGV/);
    const status = await workspace.expect(0, 'status', '-v');
    assert.match(status.stdout, /killed: new[^]*crashed: new/);
    assert.match(status.stdout, /good: fresh/);
  });
