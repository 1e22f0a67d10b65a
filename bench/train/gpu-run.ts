// What the programs that train on a GPU are asked for, and what they print.

export interface GpuRun {
  readonly mode: 'own' | 'stock' | 'eager' | 'graph';
  readonly model: 'cdae' | 'unet';
  readonly filters: readonly [number, number, number];
  /** Of the autoencoder's code. */
  readonly latent: number;
  readonly batch: number;
  /** In the set; batches go round it. */
  readonly images: number;
  /** Steps before the clock starts. */
  readonly warm: number;
  /** Steps between two looks at the clock, each of which waits for the GPU. */
  readonly between: number;
  /** To measure, at least. */
  readonly seconds: number;
}

export interface GpuSpeed {
  readonly device: string;
  readonly version: string;
  readonly images_per_second: number;
  readonly cpu_seconds_per_image: number;
  /** From the start of the process. */
  readonly seconds_to_first_step: number;
  /** A step; known of WebGPU only. */
  readonly submissions?: number;
  readonly dispatches?: number;
  readonly buffers?: number;
}
