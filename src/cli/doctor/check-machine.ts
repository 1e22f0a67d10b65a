// What `pipe doctor` says of the installation and the machine: versions, CPUs, git.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../base/run-program.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { bytesText } from '../../show/text/bytes-text.ts';
import { detectCapacity } from '../../run/process/machine.ts';
import type { Finding } from './finding.ts';

export function checkMachine(): Finding[] {
  const { cpus, memory } = detectCapacity([], undefined, {});
  return [
    {
      state: 'ok',
      name: 'pipe',
      text: `${manifest.version} in ${dirname(dirname(fileURLToPath(import.meta.url)))}`,
    },
    { state: 'ok', name: 'Node.js', text: `${process.versions.node} (${process.execPath})` },
    {
      state: 'ok',
      name: 'machine',
      text: `${process.platform} ${process.arch}, ${cpus} CPUs, ${bytesText(memory)} of memory`,
    },
    gitFinding(),
  ];
}

function gitFinding(): Finding {
  const end = runProgram('git', ['--version']);
  if (end.kind !== 'exited' || end.stdout === '')
    return {
      state: 'note',
      name: 'git',
      text: 'not installed',
      hint: 'pipe works without it; outputs are not kept out of git, and lock files are not merged',
    };
  return { state: 'ok', name: 'git', text: end.stdout.trim().replace(/^git version /, '') };
}
