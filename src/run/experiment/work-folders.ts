// The folders in which stages of experiments run: as many as run at a time, used again and again.
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crashPoint } from '../../disk/crash-point.ts';
import { refuseLink } from '../../disk/real-folder.ts';
import { placeSource, type PlaceContext } from './place-inputs.ts';
import { WorkFolder, type WorkFolderOptions } from './work-folder.ts';

export interface WorkFoldersOptions
  extends Omit<WorkFolderOptions, 'folder' | 'id'>, Pick<PlaceContext, 'hasher' | 'store'> {
  /** Absolute folder of ours that holds nothing else. */
  readonly area: string;
}

export class WorkFolders {
  readonly #options: WorkFoldersOptions;
  readonly #free: WorkFolder[] = [];
  #made = 0;

  /** Removes what a killed run left. */
  constructor(options: WorkFoldersOptions) {
    this.#options = options;
    this.#remove();
  }

  get area(): string {
    return this.#options.area;
  }

  async take(): Promise<WorkFolder> {
    return this.#free.pop() ?? this.#make();
  }

  giveBack(folder: WorkFolder): void {
    folder.clear();
    this.#free.push(folder);
  }

  /** Called once no stage runs. */
  close(): void {
    for (const { tools } of this.#free) tools.hasher.close();
    this.#remove();
  }

  async #make(): Promise<WorkFolder> {
    const { area, mirror, base } = this.#options;
    this.#made += 1;
    const parent = join(area, String(this.#made));
    mkdirSync(parent, { recursive: true });
    const folder = new WorkFolder({
      ...this.#options,
      id: String(this.#made),
      folder: join(parent, basename(mirror.top) || 'top'),
    });
    for (const at of base.large) {
      await placeSource(at, () => false, folder, this.#options);
      folder.keepAsBase(at);
    }
    return folder;
  }

  #remove(): void {
    refuseLink(this.#options.area);
    crashPoint('remove work folders');
    rmSync(this.#options.area, { recursive: true, force: true });
  }
}
