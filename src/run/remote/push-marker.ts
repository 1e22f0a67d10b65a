// Markers of pushes on a remote: `gc --cloud` waits for them. Below a folder where no reader of objects looks, DVC included.

export const markerFolder = 'pipe';
