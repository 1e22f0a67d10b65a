// What a network computes, as a list of operations. Shapes are those of one image, [height, width, channels].

export type Shape = readonly [height: number, width: number, channels: number];

/** `input` is the number of a value: 0 are the images, k what the operation k − 1 computes. Parameters are named. */
export type Operation =
  /** 3×3, stride 1, padding 1; weight [3, 3, in, out]. */
  | { readonly kind: 'convolution'; readonly input: number; readonly weight: string; readonly bias?: string }
  /** Transposed 3×3, stride 2, PyTorch's `padding=1, output_padding=1`; weight [3, 3, in, out]. */
  | { readonly kind: 'transposed convolution'; readonly input: number; readonly weight: string }
  /** Transposed 2×2, stride 2; weight [in, (row, column, out)]. */
  | { readonly kind: 'doubling'; readonly input: number; readonly weight: string; readonly bias: string }
  /** Batch normalisation and ReLU; `statistics` names its running ones. */
  | {
      readonly kind: 'normalisation';
      readonly input: number;
      readonly scale: string;
      readonly shift: string;
      readonly statistics: string;
    }
  /** Max-pooling 2×2; an odd last row or column is left out. */
  | { readonly kind: 'halving'; readonly input: number }
  /** Of all values of an image, or of each pixel, as the shape of the weight [in, out] says. */
  | {
      readonly kind: 'linear';
      readonly input: number;
      readonly weight: string;
      readonly bias: string;
      readonly shape: Shape;
    }
  /** Channels of the one after those of the other. */
  | { readonly kind: 'concatenation'; readonly inputs: readonly [number, number] }
  | { readonly kind: 'sigmoid'; readonly input: number }
  /** Bilinear, at half-pixel centres. */
  | { readonly kind: 'enlargement'; readonly input: number; readonly size: number }
  /** The images less this. */
  | { readonly kind: 'subtraction from the images'; readonly input: number };

export interface NetworkParameter {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Network {
  /** Height and width of the images, which have one channel. */
  readonly size: number;
  readonly parameters: readonly NetworkParameter[];
  /** The last one computes the result, which has the shape of the images. */
  readonly operations: readonly Operation[];
  /** Whether what is denoised is limited to 0 … 1 (in training, values outside have a gradient). */
  readonly limited: boolean;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Of all values, the images first. */
export function shapesOf({ size, parameters, operations }: Network): readonly Shape[] {
  const shapes: Shape[] = [[size, size, 1]];
  const weights = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const channels = (weight: string): number => weights.get(weight)!.at(-1)!;
  for (const operation of operations) {
    const [height, width, depth] = shapes['inputs' in operation ? operation.inputs[0] : operation.input]!;
    shapes.push(shapeAfter(operation));

    function shapeAfter(operation: Operation): Shape {
      switch (operation.kind) {
        case 'convolution':
          return [height, width, channels(operation.weight)];
        case 'transposed convolution':
          return [2 * height, 2 * width, channels(operation.weight)];
        case 'doubling':
          return [2 * height, 2 * width, channels(operation.weight) / 4];
        case 'halving':
          return [Math.floor(height / 2), Math.floor(width / 2), depth];
        case 'linear':
          return operation.shape;
        case 'concatenation':
          return [height, width, depth + shapes[operation.inputs[1]]![2]];
        case 'enlargement':
          return [operation.size, operation.size, depth];
        case 'normalisation':
        case 'sigmoid':
        case 'subtraction from the images':
          return [height, width, depth];
      }
    }
  }
  return shapes;
}

/** Channels of each normalisation, by the name of its statistics. */
export function normalisations(
  network: Network,
): readonly { readonly name: string; readonly channels: number }[] {
  const shapes = shapesOf(network);
  return network.operations.flatMap((operation) =>
    operation.kind === 'normalisation'
      ? [{ name: operation.statistics, channels: shapes[operation.input]![2] }]
      : [],
  );
}

/** Rows and columns of the weight of a linear layer. */
export function sizesOfMatrix({ parameters }: Network, name: string): readonly [number, number] {
  return parameters.find((parameter) => parameter.name === name)!.shape as [number, number];
}
