// What can go wrong with a GPU while it computes, in words for the user: it is lost, or its memory is used up. WebGPU reports both beside
// the calls that suffer from them, so whoever computes on a device asks the watch before believing what was read back.
import { DeviceError } from '../backend-error.ts';

/** The part of a GPUDevice that is watched. */
export interface WatchedDevice {
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: { readonly error: ReportedError; preventDefault(): void }) => void,
  ): void;
}

interface ReportedError {
  readonly message: string;
  readonly constructor: unknown;
}

export interface DeviceWatch {
  /** @throws DeviceError where something has gone wrong since the watch began */
  check(): void;
  /** A promise of the device, which is refused with the DeviceError where the device fails before or while it is awaited. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** The device is about to be destroyed on purpose. */
  end(): void;
}

/** @param name of the card, for messages */
export function watchDevice(device: WatchedDevice, name: string): DeviceWatch {
  let failure: DeviceError | undefined;
  let isOver = false;
  const lost = device.lost.then(({ message }) => {
    if (!isOver) failure ??= deviceLost(name, message);
  });
  device.addEventListener('uncapturederror', (event) => {
    // Dawn would print each of them.
    event.preventDefault();
    failure ??= deviceErrorOf(name, event.error);
  });
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    check,
    guard: async (work) => {
      try {
        const value = await work;
        check();
        return value;
      } catch (error) {
        if (error instanceof DeviceError) throw error;
        // What waits for a lost device is aborted in the same moment; the news of the loss may come after it.
        if ((error as Error).name === 'AbortError') await lost;
        check();
        throw error;
      }
    },
    end: () => {
      isOver = true;
    },
  };
}

/** @param reason the driver's own words; often empty */
export function deviceLost(name: string, reason: string): DeviceError {
  return new DeviceError(
    'lost',
    `the GPU ${name} was lost${quoted(reason)}: its driver was reset, or the card was removed\n  start it again; \`dmesg\` may say why`,
  );
}

/** @param reason the driver's own words */
export function outOfMemory(name: string, reason: string): DeviceError {
  return new DeviceError(
    'memory',
    `the memory of the GPU ${name} is used up${quoted(reason)}\n  fewer trainings at once, a smaller batch or a smaller network need less`,
  );
}

/** An error that the device reports: of an error scope, or not caught by any. */
export function deviceErrorOf(name: string, error: ReportedError): DeviceError {
  const { name: kind } = error.constructor as { readonly name?: string };
  if (kind === 'GPUOutOfMemoryError' || /OUT_OF_(?:DEVICE|HOST)_MEMORY|out of memory/i.test(error.message))
    return outOfMemory(name, error.message);
  return new DeviceError(
    'refused',
    `the GPU ${name} refused a computation${quoted(error.message)}\n  a newer driver may help; on the processor: the wasm backend`,
  );
}

/** Whether a buffer of this size can be had. @param largest of the device's limits @throws DeviceError */
export function checkBufferSize(name: string, bytes: number, largest: number): void {
  if (bytes <= largest) return;
  throw new DeviceError(
    'memory',
    `the GPU ${name} gives at most ${megabytes(largest)} in one piece, and ${megabytes(bytes)} are needed\n` +
      '  fewer images, a smaller batch or a smaller network need less',
  );
}

/** The first line, without the stop of its sentence. */
function quoted(reason: string): string {
  const line = reason.split('\n', 1)[0]!.trim().replace(/\.$/, '');
  return line === '' ? '' : ` (${line})`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
