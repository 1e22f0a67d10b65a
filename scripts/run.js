// Runs a script of this folder: `node scripts/run.js build`. Plain JavaScript, so that an old Node can run it: it continues on the
// Node of node_modules, or prints what to do where there is none.
import { isTooOld, runOnNewerNode } from '../bin/newer-node.js';

const [name] = process.argv.slice(2);
if (isTooOld()) runOnNewerNode(`npm run ${name}`);
else {
  process.argv.splice(2, 1);
  await import(`./${name}.ts`);
}
