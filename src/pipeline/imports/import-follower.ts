// `imports: true` on a dependency: the modules that the source imports, directly or through others, become dependencies
// too, and the versions of the packages that any of them imports become parameters.
import { dirname, relative } from 'node:path';
import { absolutePath, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { readFileSync } from '../../disk/witnessed-fs.ts';
import type { Dep, ParamsDep, Stage } from '../stage.ts';
import { pythonImports } from './python-imports.ts';
import type { ScanMemory } from './scan-memory.ts';
import { SCRIPT, scriptImports } from './script-imports.ts';
import type { Imports } from './source-imports.ts';

const NONE: Imports = { files: [], packages: [] };
const ROOT = '.' as WorkspacePath;

/** For the stages of one project: a source that several of them share is read once. */
export class ImportFollower {
  readonly #root: string;
  readonly #memory: ScanMemory;
  /** By absolute path; of Python sources by the program's folder too, since imports are looked for there. */
  readonly #scanned = new Map<string, Imports>();
  /** By absolute path of the program. */
  readonly #followed = new Map<string, readonly ImportedFile[]>();

  constructor(root: string, memory: ScanMemory) {
    this.#root = root;
    this.#memory = memory;
  }

  /** The stage with what its programs import; the same object where none asks for it. */
  withImports(stage: Stage): Stage {
    const programs = stage.deps.filter(({ imports }) => imports);
    if (programs.length === 0) return stage;
    const deps = new Map<WorkspacePath, Dep>(stage.deps.map((dep) => [dep.at, dep]));
    const params = new Map<WorkspacePath, ParamsDep>(stage.params.map((dep) => [dep.at, dep]));
    const wdir = absolutePath(this.#root, stage.wdir);
    for (const program of programs) {
      for (const { file, at, versioned } of this.#follow(absolutePath(this.#root, program.at))) {
        const path = relative(wdir, file);
        if (versioned) params.set(at, withVersion(params.get(at) ?? { file: path, at, keys: [VERSION] }));
        else if (!deps.has(at)) deps.set(at, { path, at });
      }
    }
    return { ...stage, deps: [...deps.values()], params: [...params.values()] };
  }

  /** Sources in the order of their paths, then packages. @param program absolute path. */
  #follow(program: string): readonly ImportedFile[] {
    const known = this.#followed.get(program);
    if (known) return known;
    const files = new Set([program]);
    const packages = new Set<string>();
    for (const file of files) {
      const imports = this.#imports(file, dirname(program));
      for (const imported of imports.files) files.add(imported);
      for (const name of imports.packages) packages.add(name);
    }
    files.delete(program);
    const followed = [
      ...[...files].sort().map((file) => this.#imported(file, false)),
      ...[...packages].sort().map((file) => this.#imported(file, file.endsWith('.json'))),
    ];
    this.#followed.set(program, followed);
    return followed;
  }

  #imported(file: string, versioned: boolean): ImportedFile {
    return { file, at: workspacePath(this.#root, ROOT, file), versioned };
  }

  /** @param file absolute; @param folder of the program. */
  #imports(file: string, folder: string): Imports {
    const key = isPython(file) ? `${folder}:${file}` : file;
    const known = this.#scanned.get(key);
    if (known) return known;
    const text = readText(file);
    const imports = text === undefined ? NONE : this.#resolved(file, text, folder);
    this.#scanned.set(key, imports);
    return imports;
  }

  #resolved(file: string, text: string, folder: string): Imports {
    const root = this.#root;
    if (isPython(file)) return pythonImports(file, text, [folder, root], root, this.#memory);
    return SCRIPT.test(file) ? scriptImports(file, text, root, this.#memory) : NONE;
  }
}

const VERSION = 'version';

/** A stage can read other keys of a package's manifest, or all of it, by itself. */
const withVersion = (dep: ParamsDep): ParamsDep =>
  dep.keys.length === 0 || dep.keys.includes(VERSION) ? dep : { ...dep, keys: [...dep.keys, VERSION] };

interface ImportedFile {
  /** Absolute. */
  readonly file: string;
  readonly at: WorkspacePath;
  /** Only the version in it counts. */
  readonly versioned: boolean;
}

const isPython = (file: string): boolean => file.endsWith('.py');

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It does not exist or cannot be read: what it imports is unknown.
    return undefined;
  }
}
