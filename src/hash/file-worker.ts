// The thread that reads large files for file-pool.ts.
import { parentPort } from 'node:worker_threads';
import { readWhole, type FileTask } from './file-task.ts';

/** Bytes between two reports. */
const REPORT = 32 << 20;

parentPort!.on('message', (task: FileTask) => {
  let unreported = 0;
  try {
    const result = readWhole(task, (bytes) => {
      unreported += bytes;
      if (unreported < REPORT) return;
      parentPort!.postMessage({ progress: unreported }, []);
      unreported = 0;
    });
    parentPort!.postMessage({ result }, []);
  } catch (error) {
    // A message between threads keeps only the text of an error.
    const { message, code, errno, syscall, path } = error as NodeJS.ErrnoException;
    parentPort!.postMessage({ failed: { message, code, errno, syscall, path } }, []);
  }
});
