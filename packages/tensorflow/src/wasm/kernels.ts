// The exports of kernels.wasm. The sources in assembly/ say what each computes. All arguments are numbers: addresses and strides in
// bytes, counts, and values.

export interface Kernels {
  readonly gather: (
    x: number,
    inputs: number,
    tapOffsets: number,
    taps: number,
    weights: number,
    depth: number,
    y: number,
    outputs: number,
    pixels: number,
    width: number,
  ) => void;
  readonly fillTable: (
    table: number,
    images: number,
    rows: number,
    columns: number,
    imageStride: number,
    rowStride: number,
    columnStride: number,
    origin: number,
  ) => void;
  readonly outer: (
    left: number,
    leftPanel: number,
    right: number,
    rightPanel: number,
    out: number,
    row: number,
    height: number,
    width: number,
    walk: number,
  ) => void;
  readonly copyRows: (
    from: number,
    fromImage: number,
    fromRow: number,
    to: number,
    toImage: number,
    toRow: number,
    images: number,
    rows: number,
    row: number,
  ) => void;
  readonly toPanelsOfFour: (
    from: number,
    to: number,
    images: number,
    rows: number,
    columns: number,
    channels: number,
    panel: number,
    toImage: number,
    toRow: number,
  ) => void;
  readonly toPanelsOfEight: (
    from: number,
    to: number,
    images: number,
    rows: number,
    columns: number,
    channels: number,
    panel: number,
    toImage: number,
    toRow: number,
  ) => void;
  readonly neighbours: (
    bordered: number,
    to: number,
    images: number,
    rows: number,
    columns: number,
    turned: number,
  ) => void;
  readonly sumNeighbours: (z: number, y: number, images: number, rows: number, columns: number) => void;
  readonly packPanels: (
    from: number,
    to: number,
    panel: number,
    depth: number,
    filled: number,
    width: number,
    depthStride: number,
    widthStride: number,
  ) => void;
  readonly moments: (x: number, pixels: number, channels: number, mean: number, variance: number) => void;
  readonly factors: (
    scale: number,
    variance: number,
    epsilon: number,
    channels: number,
    factor: number,
  ) => void;
  readonly normaliseRelu: (
    x: number,
    mean: number,
    factor: number,
    shift: number,
    y: number,
    pixels: number,
    channels: number,
  ) => void;
  readonly gradientSums: (
    dy: number,
    x: number,
    mean: number,
    factor: number,
    shift: number,
    sum: number,
    product: number,
    pixels: number,
    channels: number,
  ) => void;
  readonly gradientInput: (
    dy: number,
    x: number,
    mean: number,
    factor: number,
    shift: number,
    meanGated: number,
    along: number,
    dx: number,
    pixels: number,
    channels: number,
  ) => void;
  readonly gradientFactors: (
    sum: number,
    product: number,
    variance: number,
    epsilon: number,
    pixels: number,
    channels: number,
    meanGated: number,
    along: number,
    scaleGradient: number,
  ) => void;
  readonly maxPoolGradient: (
    x: number,
    dy: number,
    dx: number,
    images: number,
    height: number,
    width: number,
    channels: number,
  ) => void;
  readonly adamStep: (
    weights: number,
    first: number,
    second: number,
    gradient: number,
    newWeights: number,
    newFirst: number,
    newSecond: number,
    count: number,
    beta1: number,
    beta2: number,
    rate: number,
    correction: number,
    epsilon: number,
  ) => void;
}
