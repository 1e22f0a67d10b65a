// One sending in a process of its own, for tests that kill it or start several: send-once.ts ROOT RECORD.
// Prints the outcome; MLFLOW_TRACKING_URI names the server.
import { sendTracking } from '../../../stages/cli/send-tracking.ts';

const [root, record] = process.argv.slice(2);
console.log(await sendTracking({ root: root!, records: [record!], say: (line) => console.error(line) }));
