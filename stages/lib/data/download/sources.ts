// MNIST's files: their names and checksums.

export type Part = 'train' | 'test';

export interface SourceFile {
  /** On the mirrors. */
  readonly archive: string;
  /** The unzipped idx file. */
  readonly name: string;
  /** Of the archive as it was first published. */
  readonly archiveSha256: string;
  /** Of the unzipped file: what a mirror that packed it again must still give. */
  readonly md5: string;
}

export const SOURCE_FILES: { readonly [part in Part]: readonly [images: SourceFile, labels: SourceFile] } = {
  train: [
    {
      archive: 'train-images-idx3-ubyte.gz',
      name: 'train-images-idx3-ubyte',
      archiveSha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      md5: '6bbc9ace898e44ae57da46a324031adb',
    },
    {
      archive: 'train-labels-idx1-ubyte.gz',
      name: 'train-labels-idx1-ubyte',
      archiveSha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      md5: 'a25bea736e30d166cdddb491f175f624',
    },
  ],
  test: [
    {
      archive: 't10k-images-idx3-ubyte.gz',
      name: 't10k-images-idx3-ubyte',
      archiveSha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      md5: '2646ac647ad5339dbf082846283269ea',
    },
    {
      archive: 't10k-labels-idx1-ubyte.gz',
      name: 't10k-labels-idx1-ubyte',
      archiveSha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      md5: '27ae3e4e09519cfbb04c329615203637',
    },
  ],
};
