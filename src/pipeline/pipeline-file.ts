// Loads one pipeline file: reads and checks it, collects the names for templates, loads its stages and those it includes.
// Reports all problems at once.
import { emptyContext, withDefaultParams, withVars, type Context } from './template/context.ts';
import { loadData } from './data-entries.ts';
import { formatOf } from './format/format-of.ts';
import { FileReport } from './file-report.ts';
import { loadIncludes } from './include.ts';
import type { Inclusion, PipelineFile } from './inclusion.ts';
import { absolutePath, parentFolder, workspacePath, type WorkspacePath } from '../base/workspace-path.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { decode, withNewlines } from '../yaml/read-text.ts';
import { isList, isMap } from '../base/spelling.ts';
import { fitYoungGeneration } from '../base/young-generation.ts';
import type { LoadOptions } from './load-options.ts';
import { readReports } from './reports.ts';
import { varsOrigin, withOverlay } from './stage-context.ts';
import { StageLoader } from './stage-loader.ts';
import { usedVariables } from './used-variables.ts';
import { inFileOrder, validatePipeline } from './format/validate.ts';
import type { Scalar, Value, ValueMap } from '../base/value.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';
import { readYaml } from '../yaml/yaml-source.ts';

const ROOT = '.' as WorkspacePath;

/**
 * @param inclusion how another file includes this one.
 * @throws PipeError with every problem of the file, or of one that it includes.
 */
export function loadPipelineFile(
  file: WorkspacePath,
  options: LoadOptions,
  inclusion?: Inclusion,
): PipelineFile {
  const text = options.drafts?.get(file) ?? readPipelineText(absolutePath(options.at.root, file), file);
  fitYoungGeneration({ bytes: text.length });
  const source = readYaml(withNewlines(text), file);
  const format = formatOf(file);
  if (!format.mayBeEmpty && source.value === null) throw new PipeError(emptyProblem(file));
  if (!format.mayBeEmpty || !isFalsy(source.value)) {
    const invalid = validatePipeline(source, format);
    if (invalid.length > 0) throw new PipeError(invalid);
  }
  const top: ValueMap = isMap(source.value) ? source.value : new Map<Scalar, Value>();
  const report = new FileReport(source);
  const context = namesOf(top, file, format, options, report, inclusion);
  const resolved = new Map<Scalar, Value>();
  for (const key of ['params', 'metrics', 'plots', 'artifacts']) {
    if (top.has(key))
      resolved.set(key, report.resolve(top.get(key)!, context.values, { composite: true }, [key]));
  }
  const folder = parentFolder(file);
  const owner = inclusion ? { ...inclusion.owner, format } : { file, folder, format, prefix: '' };
  const stages = top.get('stages');
  const own = isMap(stages) ? new StageLoader(owner, options, report).load(stages, context) : [];
  const data = loadData(top.get('data'), context, owner, options, report);
  const load = (other: WorkspacePath, how: Inclusion): PipelineFile => loadPipelineFile(other, options, how);
  const including = { file, owner, context, chain: inclusion?.chain ?? [], load };
  const include = top.get('include');
  const included = include === undefined ? [] : loadIncludes(include, including, options, report);
  if (report.problems.length > 0) throw new PipeError(inFileOrder(report.problems));
  const variables = (): ReturnType<typeof usedVariables> => usedVariables(stages, context);
  const reports = readReports(resolved, file, owner.folder, options.at.root, variables);
  return {
    source,
    stages: [...data, ...own, ...included.flatMap((other) => other.stages)],
    files: [file, ...included.flatMap((other) => other.files)],
    variableFiles: [
      ...[...report.variableFiles].map((name) => workspacePath(options.at.root, ROOT, name)),
      ...included.flatMap((other) => other.variableFiles),
    ],
    warnings: [...report.warnings, ...included.flatMap((other) => other.warnings)],
    config: top.get('config'),
    reports: [reports, ...included.flatMap((other) => other.reports)],
  };
}

/** The names for templates: from params.yaml, `vars`, the including file, the overlay. */
function namesOf(
  top: ValueMap,
  file: WorkspacePath,
  format: Context['format'],
  options: LoadOptions,
  report: FileReport,
  inclusion: Inclusion | undefined,
): Context {
  const { root } = options.at;
  const folder = parentFolder(file);
  const vars = top.get('vars');
  let context = withDefaultParams(emptyContext(format), absolutePath(root, folder), folder);
  if (isList(vars)) {
    report.refuseTemplates(vars, ['vars']);
    context = withVars(context, vars, varsOrigin(report, root, ['vars'], 'vars', folder));
  }
  report.noteFiles(context);
  if (inclusion) context = { ...context, values: inclusion.override(context.values) };
  return withOverlay(context, options.overlay);
}

/** @param file its name in messages. @returns the text unchanged, with its byte order mark and line ends. */
export function readPipelineText(path: string, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new PipeError({
      code: 'pipeline-unreadable',
      title: `cannot read the pipeline file (${errno(error)})`,
      place: { file },
    });
  }
  return decode(bytes, file, 'pipeline-unreadable');
}

function emptyProblem(file: string): Problem {
  return {
    code: 'pipeline-empty',
    title: 'the pipeline file is empty',
    hint: 'restore it from git, or write `stages: {}` for a pipeline without stages',
    place: { file },
  };
}

const isFalsy = (value: Value): boolean => !value || (isList(value) && value.length === 0);
