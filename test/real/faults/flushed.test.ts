// As test/faults/05-flushed.test.ts, by the system calls of the whole run: whatever way the engine writes, strace sees it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { forFlushes } from '../../faults/flushed-workspace.ts';
import { checkFlushes, digestsIn, type Call } from '../../faults/flushes.ts';
import { pipeBin } from '../../workspace.ts';

const CALLS =
  'openat,write,pwrite64,writev,copy_file_range,sendfile,ioctl,link,linkat,fsync,fdatasync,sync,syncfs,rename,renameat,renameat2';

for (const kind of ['own', 'dvc'] as const)
  test(`${kind}: strace sees every name given to flushed bytes, and its folder flushed before it is named`, (t) =>
    forFlushes(t, kind, (workspace, what) => {
      const file = workspace.path('trace.txt');
      const ran = spawnSync(
        'strace',
        [
          '-f',
          '-y',
          '-s',
          '65536',
          '-e',
          `trace=${CALLS}`,
          '-o',
          file,
          process.execPath,
          pipeBin,
          'repro',
          '-q',
          '-j2',
        ],
        { cwd: workspace.root, encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
      );
      assert.equal(ran.status, 0, ran.stderr);
      const { wrong, objects, saved, lockFiles } = checkFlushes(callsIn(readFileSync(file, 'latin1')));
      assert.deepEqual(wrong.slice(0, 5), [], what);
      t.diagnostic(`${what}: ${objects} objects, ${saved} saved, ${lockFiles} lock files`);
      assert.equal(lockFiles, 1, what);
      if (what.includes('restored')) return;
      assert.ok(objects > 45, `${what}: ${objects} objects`);
      assert.ok(saved > 0, `${what}: ${saved} saved`);
    }));

/** Calls that did not fail, each at its end. */
function callsIn(trace: string): Call[] {
  const open = new Map<string, string>();
  return trace.split('\n').flatMap((line): Call[] => {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) return [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (begun !== undefined) {
      open.set(pid, begun);
      return [];
    }
    const ended = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    return callOf(ended === undefined ? rest : `${open.get(pid) ?? ''}${ended}`);
  });
}

function callOf(text: string): Call[] {
  const [, name, args, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(text) ?? [];
  if (name === undefined || args === undefined || Number(result) < 0) return [];
  /** Of descriptors, by their place; and texts, which are absolute here. */
  const descriptors = [...args.matchAll(/\d+<([^>]*)>/g)].map(([, path]) => path!);
  const texts = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path]) => path!);
  const write = (path: string | undefined, text = ''): Call[] =>
    path === undefined ? [] : [{ kind: 'write', path, names: digestsIn(text) }];
  switch (name) {
    case 'openat':
      return /O_WRONLY|O_RDWR/.test(args) ? write(texts[0]) : [];
    case 'write':
    case 'pwrite64':
    case 'writev':
      return write(descriptors[0], texts.join(''));
    case 'sendfile':
      return write(descriptors[0]);
    case 'ioctl':
      return /CLONE/.test(args) ? write(descriptors[0]) : [];
    case 'copy_file_range':
      return write(descriptors[1]);
    case 'link':
    case 'linkat':
      return write(texts[1]);
    case 'fsync':
    case 'fdatasync':
      return [{ kind: 'flush', path: descriptors[0]! }];
    case 'sync':
    case 'syncfs':
      return [{ kind: 'flush all' }];
    default:
      return [{ kind: 'rename', from: texts[0]!, to: texts[1]! }];
  }
}
