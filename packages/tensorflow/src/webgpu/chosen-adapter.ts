// The adapter that a process asks for: the one that the variable WEBGPU_ADAPTER names, else the card that `pipe` has assigned to the stage.
// Dawn knows adapters by their names only, so it cannot distinguish two cards of one name.
import { spawnSync } from 'node:child_process';

export interface ChosenAdapter {
  /** A part of the adapter's name. */
  readonly name: string;
}

/** Undefined where the strongest is as good as any. */
export function chosenAdapter(): ChosenAdapter | undefined {
  const named = process.env['WEBGPU_ADAPTER'];
  if (named !== undefined && named !== '') return { name: named };
  const [assigned] = (process.env['CUDA_VISIBLE_DEVICES'] ?? '').split(',').map((id) => id.trim());
  if (assigned === undefined || assigned === '' || assigned === '-1') return undefined;
  const name = cards().find(({ index, uuid }) => index === assigned || uuid.startsWith(assigned))?.name;
  return name === undefined ? undefined : { name };
}

interface Card {
  readonly index: string;
  readonly uuid: string;
  readonly name: string;
}

/** Milliseconds that a driver may take to answer. */
const PATIENCE = 10_000;

function cards(): readonly Card[] {
  const query = ['--query-gpu=index,uuid,name', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: PATIENCE });
  if (status !== 0) return [];
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [index, uuid, ...name] = line.split(',').map((field) => field.trim());
      return { index: index!, uuid: uuid!, name: name.join(', ') };
    });
}
