// A run that has some process groups, and is killed at once. Arguments: the id of the run, the groups.
import { setImmediate } from 'node:timers/promises';
import { startSupervisor } from '../../src/run/run.ts';

const [, , run, ...groups] = process.argv;
const supervisor = startSupervisor(run!);
supervisor.started(1_000_000_000);
for (const group of groups) supervisor.started(Number(group));
supervisor.ended(1_000_000_000);
for (let turn = 0; turn < 10; turn += 1) await setImmediate();
process.kill(process.pid, 'SIGKILL');
