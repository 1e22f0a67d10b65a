// What PyTorch reached with the same settings, measured once by programs of our own: the test set's MSE and SSIM after so many epochs.

export interface Reference {
  readonly mse: number;
  readonly ssim: number;
}

export const LEVELS = ['0.3', '0.5', '0.8'] as const;

/** By model, noise level and epoch. */
export const REFERENCE: Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<number, Reference>>>>>
> = {
  cdae: {
    '0.3': {
      1: { mse: 0.0098, ssim: 0.859 },
      3: { mse: 0.0081, ssim: 0.898 },
      10: { mse: 0.0075, ssim: 0.911 },
    },
    '0.5': {
      1: { mse: 0.0142, ssim: 0.805 },
      3: { mse: 0.0123, ssim: 0.849 },
      10: { mse: 0.0111, ssim: 0.867 },
    },
    '0.8': {
      1: { mse: 0.0232, ssim: 0.705 },
      3: { mse: 0.0212, ssim: 0.741 },
      10: { mse: 0.0203, ssim: 0.768 },
    },
  },
  unet: {
    '0.5': {
      1: { mse: 0.01, ssim: 0.686 },
      3: { mse: 0.0087, ssim: 0.818 },
      10: { mse: 0.0081, ssim: 0.895 },
    },
  },
};
