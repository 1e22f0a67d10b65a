// Names of files that are written aside and renamed once they are whole. They tell whose they were, so that garbage
// collection can leave those of living processes alone.
import { randomBytes } from 'node:crypto';

// Two machines that share a cache can have processes of one number, and numbers come round again.
const token = randomBytes(4).toString('hex');
let count = 0;

/** `<pid>-<token>-<n>.tmp`: no other file has or had this name. */
export function asideName(): string {
  count += 1;
  return `${process.pid}-${token}-${count}.tmp`;
}
