// One project from its first run on: every edit and command happens to the real workspace and to the reference.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { TestWorkspace } from '../../workspace.ts';
import type { Command } from './arbitraries.ts';
import { assertFiles, assertLocks, assertOutcomes, assertOutputs, assertStatus } from './compare.ts';
import { change } from './disk.ts';
import { edited, filesBelow, OUTPUTS, picked, sourcesIn, type Edit } from './edits.ts';
import type { World } from './project.ts';
import { Reference, type Asked, type Entry } from './reference.ts';
import { isInside } from './tree.ts';

const LOCKS = ['pipeline.lock', 'sub/pipeline.lock'];

/** As git has it: what is declared, the sources, the lock files. */
interface Commit {
  readonly world: World;
  readonly lock: ReadonlyMap<string, Entry>;
  readonly overlay: readonly string[];
  readonly texts: readonly (readonly [file: string, text: string | undefined])[];
}

export class Life {
  readonly #workspace: TestWorkspace;
  readonly #reference = new Reference();
  readonly #commits: Commit[] = [];
  #world: World;

  constructor(workspace: TestWorkspace, world: World) {
    this.#workspace = workspace;
    this.#world = world;
    change(workspace.root, undefined, world);
  }

  /** A full run; `status` before it says what it does, and after it that all is done. */
  async build(): Promise<void> {
    const { stdout } = await this.#workspace.expect(0, 'status', '--json');
    const outcomes = await this.#repro({});
    if (outcomes.size > 0) assertStatus(stdout, outcomes);
    const after = await this.#workspace.expect(0, 'status', '--json');
    const next = this.#reference.preview(this.#world);
    assertStatus(after.stdout, next);
    this.#commits.push({
      world: this.#world,
      lock: this.#reference.lock,
      overlay: this.#reference.overlay,
      texts: LOCKS.map((path) => [path, this.#text(path)]),
    });
  }

  edit(edit: Edit): void {
    const { root } = this.#workspace;
    switch (edit.kind) {
      case 'touch': {
        const path = picked(sourcesIn(this.#world.tree), edit.pick);
        return path === undefined ? undefined : utimesSync(this.#workspace.path(path), 1, 1);
      }
      case 'go back':
        return this.#goBack(picked(this.#commits, edit.pick));
      case 'no lock file': {
        // Garbage collection takes what no record names, and a link to it would lead nowhere.
        if (this.#world.project.links.includes('symlink')) return;
        const path = LOCKS[edit.pick % 2]!;
        this.#workspace.remove(path);
        const home = path === 'pipeline.lock' ? '.' : 'sub';
        if (home === '.') this.#reference.overlay = [];
        this.#reference.lock = new Map(
          [...this.#reference.lock].filter(([, { stage }]) => stage.home !== home),
        );
        return;
      }
      case 'object': {
        if (this.#world.project.links.includes('symlink')) return;
        const digest = this.#reference.loseObject(edit.pick);
        if (digest !== undefined)
          rmSync(this.#workspace.path(`cache/objects/sha256/${digest.slice(0, 2)}/${digest.slice(2)}`));
        return;
      }
      default: {
        const after = edited(this.#world, edit);
        change(
          root,
          this.#world,
          after,
          edit.kind === 'text' ? edit.how : edit.kind === 'output' ? 'replaced' : 'in place',
        );
        this.#world = after;
      }
    }
  }

  async command(command: Command): Promise<void> {
    switch (command.kind) {
      case 'repro':
        await this.#repro(command.asked);
        return;
      case 'checkout': {
        const { code, tree } = this.#reference.checkout(this.#world);
        await this.#workspace.expect(code, 'checkout', '-f');
        this.#world = { ...this.#world, tree };
        return this.#compare();
      }
      case 'commit':
        if (!this.#reference.commit(this.#world)) return;
        await this.#workspace.expect(0, 'commit', '-f');
        return this.#compare();
      case 'gc':
        this.#reference.collect();
        await this.#workspace.expect(0, 'gc', '-w');
        return this.#compare();
      case 'outputs removed': {
        const tree = new Map(
          [...this.#world.tree].filter(([path]) => !OUTPUTS.some((folder) => isInside(path, folder))),
        );
        const after = { ...this.#world, tree };
        change(this.#workspace.root, this.#world, after);
        this.#world = after;
      }
    }
  }

  async #repro(asked: Asked): Promise<Awaited<ReturnType<Reference['repro']>>['outcomes']> {
    const flags = [
      ...(asked.targets ?? []),
      ...(asked.single ? ['-s'] : []),
      ...(asked.downstream ? ['--downstream'] : []),
      ...(asked.force ? ['-f'] : []),
      ...(asked.word === undefined ? [] : ['-S', `word=${asked.word}`]),
      ...(asked.forceDownstream ? ['--force-downstream'] : []),
    ];
    let done = this.#reference.repro(this.#world, asked);
    let ran = await this.#workspace.pipe('repro', '-k', '--json', ...flags);
    if (done.refused !== undefined)
      assert.match(ran.stderr + ran.stdout, new RegExp(`\\b${done.refused}\\b`));
    if (done.refused === 'vanished-unsaved') {
      // What nothing has a copy of is the user's to remove.
      this.#removeVanished();
      done = this.#reference.repro(this.#world, asked);
      ran = await this.#workspace.pipe('repro', '-k', '--json', ...flags);
    }
    assert.equal(ran.code, done.code, ran.stderr + ran.stdout);
    this.#world = { ...this.#world, tree: done.tree };
    assertOutcomes(ran.stdout, done.outcomes);
    this.#compare();
    return done.outcomes;
  }

  #compare(): void {
    const { root } = this.#workspace;
    assertFiles(root, this.#world);
    assertOutputs(root, this.#world, this.#reference.lock);
    assertLocks(root, this.#reference);
  }

  #removeVanished(): void {
    const declared = this.#reference.declaredOuts(this.#world);
    const tree = new Map(
      [...this.#world.tree].filter(
        ([path]) =>
          !filesBelow(this.#world.tree, OUTPUTS).includes(path) ||
          declared.some((out) => isInside(path, out)),
      ),
    );
    const after = { ...this.#world, tree };
    change(this.#workspace.root, this.#world, after);
    this.#world = after;
  }

  /** `git checkout` of an earlier commit: outputs stay as they are. */
  #goBack(commit: Commit | undefined): void {
    if (!commit) return;
    const isOutput = (path: string): boolean => OUTPUTS.some((folder) => isInside(path, folder));
    const tree = new Map([
      ...[...this.#world.tree].filter(([path]) => isOutput(path)),
      ...[...commit.world.tree].filter(([path]) => !isOutput(path)),
    ]);
    const after = { ...commit.world, tree };
    change(this.#workspace.root, this.#world, after);
    this.#world = after;
    this.#reference.lock = commit.lock;
    this.#reference.overlay = commit.overlay;
    for (const [path, text] of commit.texts)
      if (text === undefined) this.#workspace.remove(path);
      else writeFileSync(this.#workspace.path(path), text);
  }

  #text(path: string): string | undefined {
    const at = this.#workspace.path(path);
    return existsSync(at) ? readFileSync(at, 'utf8') : undefined;
  }
}
