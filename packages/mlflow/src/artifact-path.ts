// The valid paths of artifacts in a run, and how they are written into a URL. Pure.
// The checks are ours because the server's come too late: a URL parser folds `..` away before the server sees it.
import { MlflowError } from './errors.ts';

/**
 * The path as it is, if every MLflow server keeps it inside the run.
 * @throws MlflowError `BAD_ARTIFACT`
 */
export function checkArtifactPath(path: string): string {
  const reason = refusal(path);
  if (reason === undefined) return path;
  throw new MlflowError({
    code: 'BAD_ARTIFACT',
    message: `artifact path ${JSON.stringify(path)}: ${reason}`,
    hint: 'Use a relative path with / between its parts, such as model/weights.bin.',
  });
}

function refusal(path: string): string | undefined {
  if (path === '') return 'empty';
  if (path.startsWith('/')) return 'absolute';
  if (path.includes('#')) return 'MLflow refuses # in artifact paths';
  // It builds URLs without encoding; found with version 3.17.
  if (path.includes('?') || /%[0-9a-f]{2}/i.test(path)) return "MLflow's Python client could not download it";
  if (path.includes('\\')) return 'a backslash separates folders on some servers';
  if (/^[A-Za-z]:/.test(path) || /^[A-Za-z][A-Za-z0-9+.-]*:\//.test(path))
    return 'looks like a drive or a URL';
  if (/\p{Cc}/u.test(path)) return 'holds a control character';
  if (!path.isWellFormed()) return 'is not well-formed Unicode';
  const parts = path.split('/');
  if (parts.some((part) => part === '')) return 'an empty part';
  if (parts.some((part) => part === '.' || part === '..'))
    return '. and .. would leave the folder of the run';
  return undefined;
}

/** Percent-encodes each part. @param path accepted by checkArtifactPath */
export const encodeArtifactPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
