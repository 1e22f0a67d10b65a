// What `pipe doctor` says of the installation and the machine: versions, CPUs, git.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  const { stdout, error } = spawnSync('git', ['--version'], { encoding: 'utf8' });
  if (error || !stdout)
    return {
      state: 'note',
      name: 'git',
      text: 'not installed',
      hint: 'pipe works without it; outputs are not kept out of git, and lock files are not merged',
    };
  return { state: 'ok', name: 'git', text: stdout.trim().replace(/^git version /, '') };
}
