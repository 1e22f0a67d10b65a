// What a page of plots shows, as it is embedded in the page. Types only.
import type { JsonObject } from '../json.ts';

export interface PageData {
  /** Of the project. */
  readonly title: string;
  readonly plots: readonly PagePlot[];
}

export interface PagePlot {
  readonly name: string;
  /** A specification of Vega-Lite or Vega. */
  readonly spec?: JsonObject;
  readonly images?: readonly PageImage[];
  /** Why a part of it is missing. */
  readonly problems: readonly string[];
}

export interface PageImage {
  readonly revision: string;
  /** A `data:` URI. */
  readonly source: string;
}
