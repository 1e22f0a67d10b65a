// A project that was run and pushed, and clones of it as a colleague has them: what git would bring, without cache and
// outputs.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { cpSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { makeWorkspaceMostlyHere, copiesMostlyHere } from '../../cli/here.ts';
import type { TestWorkspace } from '../../workspace.ts';

/** Two outputs, one of them a directory with an executable file, an empty folder and a symlink. */
export const pipeline = `stages:
  make:
    cmd: >-
      mkdir -p made/sub made/empty && echo one > made/one && cp in.txt made/sub/two && ln -s one made/link
      && chmod +x made/one
    deps: [in.txt]
    outs: [made]
  sum:
    cmd: cat made/one made/sub/two > sum.txt && echo '{"lines":2}' > lines.json
    deps: [made]
    outs: [sum.txt]
    metrics: [{lines.json: {cache: false}}]
`;

/** Only the directory. */
export const folderPipeline = pipeline.slice(0, pipeline.indexOf('  sum:'));

const OUTPUTS = new Set(['made', 'sum.txt']);

export const config = (url: string): string => `config: {remotes: {shared: {url: ${JSON.stringify(url)}}}}\n`;

/** @param url of the remote; @param text of the pipeline file. */
export async function makeProject(t: TestContext, url: string, text = pipeline): Promise<TestWorkspace> {
  let copies = projects.get(text);
  if (copies === undefined) {
    copies = copiesMostlyHere({ 'pipeline.yaml': text, 'in.txt': 'two\n' }, (project) => project.repro());
    projects.set(text, copies);
  }
  const project = await copies(t);
  project.write('pipeline.yaml', text + config(url));
  return project;
}

/** By text of the pipeline file. */
const projects = new Map<string, ReturnType<typeof copiesMostlyHere>>();

export function cloneOf(t: TestContext, project: TestWorkspace): TestWorkspace {
  const clone = makeWorkspaceMostlyHere(t, {});
  for (const name of readdirSync(project.root))
    if (name !== 'cache' && !OUTPUTS.has(name))
      cpSync(project.path(name), clone.path(name), { recursive: true });
  return clone;
}

/** Files of the cache that are on their way, or set aside. */
export function leftovers({ root }: TestWorkspace): string[] {
  return globSync(['cache/objects/**/*.tmp', 'cache/placing/*', 'cache/quarantine/*'], { cwd: root });
}

/** The digests of the objects of a cache, or of a folder remote. */
export function objectsIn(folder: string): string[] {
  return globSync('objects/sha256/*/*', { cwd: folder, exclude: ['**/*.tmp'] })
    .map((path) => basename(dirname(path)) + basename(path))
    .sort();
}

/** Every object of a cache, or of a folder remote, has the bytes of its name. */
export function assertTrueObjects(folder: string): void {
  for (const digest of objectsIn(folder)) {
    const path = `${folder}/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`;
    assert.equal(hash('sha256', readFileSync(path)), digest.replace(/\.dir$/, ''));
  }
}
