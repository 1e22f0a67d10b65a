// Prepares a release: `node scripts/release.ts 0.2.0`. Sets the version in every package, closes the `Unreleased` part of the
// changelog, checks what the tarball of the engine contains, commits and tags. Publishes nothing.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
/** What the tarball of the engine may hold, and nothing else. */
const PACKED =
  /^(?:package\.json|README\.md|LICENSE|bin\/[\w-]+\.js|dist\/[\w./-]+|schema\/pipeline\.schema\.json)$/;
const MOST_BYTES = 5_000_000;

interface Packed {
  readonly files: readonly { readonly path: string }[];
  readonly unpackedSize: number;
}

const [version] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
  fail('usage: node scripts/release.ts VERSION');
if (run('git', 'status', '--porcelain') !== '') fail('the work tree has changes that are not committed');
if (run('git', 'tag', '--list', `v${version}`) !== '') fail(`the tag v${version} exists already`);

const manifests = globSync(['package.json', 'packages/*/package.json', 'stages/package.json'], { cwd: root });
for (const file of manifests) setVersion(join(root, file), version);
run('npm', 'install', '--package-lock-only', '--ignore-scripts');
closeChangelog(join(root, 'CHANGELOG.md'), version);
run('node', 'scripts/build.ts');
checkPacked();
run('git', 'commit', '-qam', `Release ${version}`);
run('git', 'tag', '-a', `v${version}`, '-m', `pipe ${version}`);
console.log(`v${version} is committed and tagged. To publish it, once the gate passed for this commit:`);
console.log('  git push --follow-tags && npm publish --access public');

function setVersion(file: string, next: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^( {2}"version": ")[^"]*/m, `$1${next}`));
}

function closeChangelog(file: string, next: string): void {
  const text = readFileSync(file, 'utf8');
  const heading = '## Unreleased\n';
  const notes = text.slice(text.indexOf(heading) + heading.length).split(/^## /m)[0]!;
  if (!text.includes(heading) || notes.trim() === '') fail('CHANGELOG.md has nothing under "Unreleased"');
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(file, text.replace(heading, `${heading}\n## ${next} – ${today}\n`));
}

function checkPacked(): void {
  const [packed] = JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts')) as Packed[];
  const foreign = packed!.files.map(({ path }) => path).filter((path) => !PACKED.test(path));
  if (foreign.length > 0) fail(`the tarball holds files that do not belong there: ${foreign.join(', ')}`);
  if (packed!.unpackedSize > MOST_BYTES)
    fail(`the package takes ${packed!.unpackedSize} bytes, more than 5 MB`);
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
