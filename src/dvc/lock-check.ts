// Refuses a dvc.lock that DVC would refuse, when the pipeline is loaded. lock-format.ts reads the lock file itself.
import { join } from 'node:path';
import { refuseConflictMarkers } from '../yaml/conflict-markers.ts';
import { parentFolder, type WorkspacePath } from '../base/workspace-path.ts';
import { errno, PipeError, type Problem } from '../base/problem.ts';
import { readText } from '../yaml/read-text.ts';
import { validateFile } from '../pipeline/format/validate.ts';
import { readYaml } from '../yaml/yaml-source.ts';
import { readFileSync } from '../disk/witnessed-fs.ts';

/** @param file the dvc.yaml that the lock file belongs to. @throws PipeError */
export function checkDvcLock(root: string, file: WorkspacePath): void {
  const folder = parentFolder(file);
  const lock = folder === '.' ? 'dvc.lock' : `${folder}/dvc.lock`;
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(root, lock));
  } catch (error) {
    if (errno(error) === 'ENOENT') return;
    throw new PipeError({
      code: 'bad-dvc-file',
      title: `cannot read the lock file (${errno(error)})`,
      place: { file: lock },
    });
  }
  const text = readText(bytes, lock, 'lock-unreadable');
  if (isAsWritten(text)) return;
  refuseConflictMarkers(text, lock);
  const source = readYaml(text, lock);
  const problems = validateFile(source, 'dvcLock');
  if (problems.length > 0) throw new PipeError(problems.map(asLockProblem));
}

function asLockProblem(problem: Problem): Problem {
  return {
    ...problem,
    code: 'bad-dvc-file',
    title: `not a lock file of DVC 2 or 3: ${problem.title}`,
    hint: 'restore it from git, or delete it: results in the cache are found again',
  };
}

const STAGE_KEYS = /^ {4}(?:cmd:(?: .*)?|deps:|params:|outs:)$/;
const ENTRY_KEYS =
  /^ {4}(?:- |  )(?:(?:path|md5|etag|checksum|hash|version_id): |(?:size|nfiles): \d+$|isexec: (?:true|false)$)/;

/**
 * Whether the text has the shape in which DVC writes the file, line by line, without parsing. Any other text is parsed and
 * checked.
 */
function isAsWritten(text: string): boolean {
  const lines = text.split('\n');
  if (!/^schema: ['"]?2\.0['"]?$/.test(lines[0]!) || (lines[1] !== 'stages:' && lines.length > 2))
    return false;
  let part = '';
  for (const line of lines.slice(2)) {
    if (line === '') continue;
    if (!line.startsWith('  ')) return false;
    if (line[2] !== ' ') {
      if (!line.endsWith(':')) return false;
      part = '';
    } else if (line.startsWith('    ') && line[4] !== ' ' && line[4] !== '-') {
      if (!STAGE_KEYS.test(line)) return false;
      part = line.trim().split(':', 1)[0]!;
    } else if ((part === 'deps' || part === 'outs') && !ENTRY_KEYS.test(line)) return false;
  }
  return true;
}
