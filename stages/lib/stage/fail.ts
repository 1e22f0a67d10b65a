// The end of a stage that cannot do its work: one message, exit code 1, no stack trace.
import { BackendError, DeviceError } from '@pipe-engine/tensorflow/error';
import { describeDeviceError, startFallback } from './fallback.ts';

/** A failure that the user can do something about. Further lines of the message are hints. */
export class StageError extends Error {
  override readonly name = 'StageError';
}

/** Runs a stage's main function; an unexpected error keeps its stack. */
export async function runStage(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof DeviceError) {
      const fallback = startFallback();
      process.stderr.write(
        `${fallback === undefined ? 'error' : 'warning'}: ${describeDeviceError(error)}\n`,
      );
      if (fallback !== undefined) {
        process.stdout.write(`starting again on ${fallback}, as --fallback asks\n`);
        return await runStage(main);
      }
    } else if (error instanceof StageError || error instanceof BackendError)
      process.stderr.write(`error: ${error.message}\n`);
    else if (isFolderRead(error)) process.stderr.write('error: a folder is given where a file is read\n');
    else if (isFileError(error)) process.stderr.write(`error: ${describeFileError(error)}\n`);
    else process.stderr.write(`this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Node opens a folder like a file, and its error when it reads from it has no path. */
const isFolderRead = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EISDIR' && !('path' in error);

interface FileError extends Error {
  readonly code: string;
  readonly path: string;
}

function isFileError(error: unknown): error is FileError {
  return error instanceof Error && 'code' in error && 'path' in error && 'syscall' in error;
}

function describeFileError({ code, path, message }: FileError): string {
  switch (code) {
    case 'ENOENT':
      return `no such file: ${path}`;
    case 'EACCES':
    case 'EPERM':
      return `not allowed: ${path}`;
    case 'ENOSPC':
      return `no space left on the disk while writing ${path}`;
    default:
      return message;
  }
}
