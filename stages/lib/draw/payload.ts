// The data of the drawing page: the final models and the classifier, encoded as text. Node writes it and the browser reads it, so this
// file uses the interfaces of neither.
import type { Channels, Network } from '../model/classifier.ts';
import type { Architecture } from '../model/architecture.ts';
import type { Model } from '../model/model.ts';

/** Place of an array among all floats. */
interface Place {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

interface PackedModel {
  readonly level: string;
  readonly name: string;
  readonly architecture: Architecture;
  readonly weights: readonly Place[];
  readonly means: readonly Place[];
  readonly variances: readonly Place[];
}

export interface Payload {
  readonly models: readonly PackedModel[];
  readonly classifier: { readonly channels: Channels; readonly weights: readonly Place[] };
  /** All floats, little-endian. */
  readonly base64: string;
}

export interface NamedModel {
  /** Noise level as it is spelled. */
  readonly level: string;
  readonly name: string;
  readonly model: Model;
}

export interface Contents {
  readonly models: readonly NamedModel[];
  readonly classifier: Network;
}

/** @param encode bytes as base64 */
export function pack({ models, classifier }: Contents, encode: (bytes: Uint8Array) => string): Payload {
  const arrays: Float32Array[] = [];
  let size = 0;
  const place = (name: string, values: Float32Array): Place => {
    arrays.push(values);
    size += values.length;
    return { name, start: size - values.length, length: values.length };
  };
  const packed = models.map(({ level, name, model }): PackedModel => {
    const running = [...model.running];
    return {
      level,
      name,
      architecture: model.architecture,
      weights: [...model.weights].map(([name, values]) => place(name, values)),
      means: running.map(([name, { mean }]) => place(name, mean)),
      variances: running.map(([name, { variance }]) => place(name, variance)),
    };
  });
  const reader = [...classifier.weights].map(([name, values]) => place(name, values));
  const floats = new Float32Array(size);
  let at = 0;
  for (const values of arrays) {
    floats.set(values, at);
    at += values.length;
  }
  return {
    models: packed,
    classifier: { channels: classifier.channels, weights: reader },
    base64: encode(new Uint8Array(floats.buffer)),
  };
}

/** @param decode of the base64 */
export function unpack(payload: Payload, decode: (base64: string) => Uint8Array<ArrayBuffer>): Contents {
  const floats = new Float32Array(decode(payload.base64).buffer);
  const values = ({ start, length }: Place): Float32Array => floats.subarray(start, start + length);
  const named = (places: readonly Place[]): Map<string, Float32Array> =>
    new Map(places.map((place) => [place.name, values(place)]));
  const { channels, weights } = payload.classifier;
  return {
    models: payload.models.map(({ level, name, architecture, weights, means, variances }) => ({
      level,
      name,
      model: {
        architecture,
        weights: named(weights),
        running: new Map(
          means.map((place, at) => [place.name, { mean: values(place), variance: values(variances[at]!) }]),
        ),
      },
    })),
    classifier: { channels, weights: named(weights) },
  };
}
