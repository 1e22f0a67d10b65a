// What `pipe doctor` says of the project: whether it loads, its kind, its lock files, its git set-up.
import { isInGit } from '../../disk/in-git.ts';
import { findProject } from '../../pipeline/find-root.ts';
import { load, type Loaded } from '../../session/load.ts';
import { readOwner } from '../../session/run-lock.ts';
import { withWorkspace } from '../../session/with-workspace.ts';
import { countText } from '../../show/text/count-text.ts';
import { durationText } from '../../show/text/duration-text.ts';
import { hasMergeDriver } from '../git-setup.ts';
import { brokenFindings, type Finding } from './finding.ts';

/** Seconds; a pipeline that takes longer to load is felt in every command. */
const SLOW_LOAD = 1;

interface Checked {
  readonly findings: readonly Finding[];
  /** Undefined where there is no project, or it cannot be loaded. */
  readonly loaded: Loaded | undefined;
}

export async function checkProject(cwd: string): Promise<Checked> {
  const found = findProject(cwd);
  if (!found) {
    const hint = 'write one with `pipe init`';
    return {
      findings: [{ state: 'note', name: 'project', text: 'none in this folder or above it', hint }],
      loaded: undefined,
    };
  }
  const kind = found.isDvcRepository ? 'a DVC repository' : 'a project of pipe';
  const project: Finding = { state: 'ok', name: 'project', text: `${found.root}, ${kind}` };
  const started = performance.now();
  try {
    const loaded = await load({});
    const seconds = (performance.now() - started) / 1000;
    return {
      findings: [
        project,
        pipelineFinding(loaded, seconds),
        ...loaded.project.warnings.map(({ title }): Finding => ({
          state: 'note',
          name: 'pipeline',
          text: title,
        })),
        ...(await lockFindings(loaded)),
        ...gitFindings(loaded),
      ],
      loaded,
    };
  } catch (error) {
    return { findings: [project, ...brokenFindings('pipeline', error)], loaded: undefined };
  }
}

function pipelineFinding({ project }: Loaded, seconds: number): Finding {
  const { stages, pipelineFile } = project;
  const text = `${pipelineFile}: ${countText(stages.length, 'stage')}, loaded in ${durationText(seconds)}`;
  return { state: seconds > SLOW_LOAD ? 'slow' : 'ok', name: 'pipeline', text };
}

async function lockFindings(loaded: Loaded): Promise<Finding[]> {
  const owner = readOwner(loaded.folders.state);
  const running: Finding[] =
    owner === undefined
      ? []
      : [
          {
            state: 'note',
            name: 'run',
            text: 'a run holds the project, or was killed',
            hint: 'the next `pipe repro` waits for it, or takes over',
          },
        ];
  try {
    // Lock files are read when the first entry is asked for.
    const recorded = await withWorkspace(loaded, {}, ({ locks, project }) =>
      Promise.resolve(project.stages.filter((stage) => locks.entry(stage) !== undefined).length),
    );
    const text = `${loaded.dialect.lockFile.name}: ${recorded} of ${loaded.project.stages.length} stages recorded`;
    return [...running, { state: 'ok', name: 'lock file', text }];
  } catch (error) {
    return [...running, ...brokenFindings('lock file', error)];
  }
}

function gitFindings({ project: { root }, dialect }: Loaded): Finding[] {
  if (!isInGit(root)) return [{ state: 'note', name: 'git project', text: 'the project is not in git' }];
  if (hasMergeDriver(root))
    return [{ state: 'ok', name: 'git project', text: 'lock files are merged stage by stage' }];
  return [
    {
      state: 'note',
      name: 'git project',
      text: `git merges ${dialect.lockFile.name} line by line in this clone`,
      hint: '`pipe init --git` makes it merge stage by stage',
    },
  ];
}
