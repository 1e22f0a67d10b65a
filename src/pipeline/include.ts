// Loads `include:` of a pipeline file: the stages of other files under a prefix, with values of the including file in place of
// their own.
import { textOf } from './build-stage.ts';
import { emptyContext, withVars, type Context } from './template/context.ts';
import type { FileReport } from './file-report.ts';
import { absolutePath, parentFolder, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import type { Inclusion, PipelineFile } from './inclusion.ts';
import { PipeError } from '../base/problem.ts';
import { mergedMaps } from '../base/merged-maps.ts';
import { isList, isMap } from '../base/spelling.ts';
import type { LoadOptions } from './load-options.ts';
import { varsOrigin } from './stage-context.ts';
import type { StageOwner } from './stage-owner.ts';
import type { Scalar, Value } from '../base/value.ts';
import { existsSync } from '../disk/witnessed-fs.ts';

interface Including {
  readonly file: WorkspacePath;
  readonly owner: StageOwner;
  readonly context: Context;
  readonly chain: readonly WorkspacePath[];
  /** Loads the included file. */
  load(file: WorkspacePath, inclusion: Inclusion): PipelineFile;
}

/** @param declared `include:`, checked against the schema. */
export function loadIncludes(
  declared: Value,
  including: Including,
  options: LoadOptions,
  report: FileReport,
): PipelineFile[] {
  const before = report.problems.length;
  const resolved = report.resolve(declared, including.context.values, { composite: true }, ['include']);
  if (report.problems.length > before || !isMap(resolved)) return [];
  return [...resolved].flatMap(([prefix, entry]) => {
    try {
      return loadInclude(String(prefix), entry, including, options, report) ?? [];
    } catch (error) {
      if (!(error instanceof PipeError)) throw error;
      for (const problem of error.problems) report.add(problem);
      return [];
    }
  });
}

function loadInclude(
  prefix: string,
  entry: Value,
  including: Including,
  options: LoadOptions,
  report: FileReport,
): PipelineFile | undefined {
  const path = ['include', prefix];
  const { root } = options.at;
  const folder = parentFolder(including.file);
  const declaredFile = isMap(entry) ? entry.get('file') : entry;
  const file = workspacePath(root, folder, textOf(declaredFile));
  const chain = [...including.chain, including.file];
  if (!/^[\p{L}\p{N}_-]+$/u.test(prefix)) {
    report.report(
      { code: 'bad-include', title: `'${prefix}' cannot be a prefix: use letters, digits, _ and -` },
      path,
      'key',
    );
    return undefined;
  }
  if (chain.includes(file)) {
    report.report(
      {
        code: 'bad-include',
        title: `files include each other in a circle: ${[...chain.slice(chain.indexOf(file)), file].join(' → ')}`,
      },
      path,
    );
    return undefined;
  }
  if (!existsSync(absolutePath(root, file))) {
    report.report({ code: 'bad-include', title: `the included file '${file}' does not exist` }, path);
    return undefined;
  }
  const vars = isMap(entry) ? entry.get('vars') : undefined;
  const origin = varsOrigin(report, root, [...path, 'vars'], `include.${prefix}.vars`, folder);
  const over = isList(vars)
    ? report.noteFiles(withVars(emptyContext(including.owner.format), vars, origin)).values
    : new Map<Scalar, Value>();
  const wdir = isMap(entry) ? entry.get('wdir') : undefined;
  return including.load(file, {
    owner: {
      file: including.owner.file,
      folder:
        wdir === undefined ? parentFolder(file) : workspacePath(root, including.owner.folder, textOf(wdir)),
      prefix: `${including.owner.prefix}${prefix}.`,
    },
    chain,
    override: (values) => mergedMaps(values, over),
  });
}
