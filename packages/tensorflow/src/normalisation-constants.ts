// The numbers of batch normalisation, those of PyTorch.

/** Added to the variance (PyTorch's default; TensorFlow.js layers use 1e-3). */
export const EPSILON = 1e-5;
/** Share of a new batch in the running statistics (PyTorch's default). */
export const MOMENTUM = 0.1;
