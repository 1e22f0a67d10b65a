// How much V8 keeps of what is new before it looks for what is left of it. Of itself it lets that grow to 16 MB, three times over, while
// much of what is read stays: on a busy machine a sixth less processor time for a run of 1,000 stages, and 150 MB more for a look at
// 50,000, or 110 MB more to put one file of 50,000 right.
import { setV8Flag } from './v8-flags.ts';

/** Bytes of declarations of some 5,000 stages, or of the list of as many files. */
const LARGE = 1 << 19;
/** Files of a directory. */
const MANY = 8192;

/** Stages that one declaration makes: their text can be short. */
const MANY_STAGES = 4096;

/** Called before much is read or made. @param bytes of declarations or lists. @param files of a directory. @param stages of one declaration. */
export function fitYoungGeneration({ bytes = 0, files = 0, stages = 0 }): void {
  if (bytes > LARGE || files > MANY || stages > MANY_STAGES) setV8Flag('semi-space-growth-factor', 1);
}
