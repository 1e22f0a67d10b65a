// Sends the record that bench/mlflow.ts made, in a process of its own: mlflow-send.ts TRACKING_URI EXPERIMENT ROOT.
// Prints its CPU seconds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionFor, openClient, parseRecord, sendRecord } from '@pipe-engine/mlflow';

const [uri, experiment, root] = process.argv.slice(2) as [string, string, string];
const record = parseRecord(readFileSync(join(root, 'tracking.jsonl'), 'utf8'));
await sendRecord(openClient(connectionFor(uri)), record, { root, experiment: { name: experiment } });
const { user, system } = process.cpuUsage();
console.log((user + system) / 1e6);
