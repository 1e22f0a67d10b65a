// `imports: true` on a dependency: the modules that the source imports, one after another, are dependencies too, and the
// versions of the packages that any of them imports.
import { readFileSync } from '../../disk/witnessed-fs.ts';
import { dirname, relative } from 'node:path';
import { absolutePath, workspacePath, type WorkspacePath } from '../../base/workspace-path.ts';
import { pythonImports } from './python-imports.ts';
import { SCRIPT, scriptImports } from './script-imports.ts';
import type { Imports } from './source-imports.ts';
import type { Dep, ParamsDep, Stage } from '../stage.ts';

const none: Imports = { files: [], packages: [] };

/** Follows imports; sources that several stages share are read once. */
export function importFollower(root: string): (stage: Stage) => Stage {
  const scanned = new Map<string, Imports>();

  const scan = (file: string, program: string): Imports => {
    const python = file.endsWith('.py');
    const key = python ? `${dirname(program)}:${file}` : file;
    const known = scanned.get(key);
    if (known) return known;
    const text = readText(file);
    const imports =
      text === undefined
        ? none
        : python
          ? pythonImports(file, text, [dirname(program), root], root)
          : SCRIPT.test(file)
            ? scriptImports(file, text, root)
            : none;
    scanned.set(key, imports);
    return imports;
  };

  const follow = (program: string): Imports => {
    const files = new Set([program]);
    const packages = new Set<string>();
    for (const file of files) {
      const imports = scan(file, program);
      for (const imported of imports.files) files.add(imported);
      for (const name of imports.packages) packages.add(name);
    }
    files.delete(program);
    return { files: [...files].sort(), packages: [...packages].sort() };
  };

  return (stage) => {
    if (!stage.deps.some((dep) => dep.imports)) return stage;
    const deps = new Map<WorkspacePath, Dep>(stage.deps.map((dep) => [dep.at, dep]));
    const params = new Map<WorkspacePath, ParamsDep>(stage.params.map((dep) => [dep.at, dep]));
    const wdir = absolutePath(root, stage.wdir);
    for (const dep of stage.deps.filter(({ imports }) => imports)) {
      const { files, packages } = follow(absolutePath(root, dep.at));
      for (const file of files) {
        const at = workspacePath(root, '.' as WorkspacePath, file);
        if (!deps.has(at)) deps.set(at, { path: relative(wdir, file), at });
      }
      for (const file of packages) {
        const at = workspacePath(root, '.' as WorkspacePath, file);
        const path = relative(wdir, file);
        if (file.endsWith('.json')) params.set(at, params.get(at) ?? { file: path, at, keys: ['version'] });
        else if (!deps.has(at)) deps.set(at, { path, at });
      }
    }
    return { ...stage, deps: [...deps.values()], params: [...params.values()] };
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not there yet, or not to be read: what it imports is not known.
    return undefined;
  }
}
