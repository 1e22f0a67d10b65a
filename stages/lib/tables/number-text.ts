// Numbers as readers see them in tables, figures and the report. Files for programs hold them in full. A sign stays with its number.

/** Four places behind the point for errors, three for shares. */
export const errorText = (value: number): string => value.toFixed(4);
export const shareText = (value: number): string => value.toFixed(3);
export const decibelText = (value: number): string => value.toFixed(2);
/** Without the sign. */
export const percentNumber = (value: number): string =>
  (100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0);
export const percentText = (value: number): string => `${percentNumber(value)}\u00a0%`;
/** For accuracies, which differ little; without the sign. */
export const accuracyNumber = (value: number): string => (100 * value).toFixed(2);
export const accuracyText = (value: number): string => `${accuracyNumber(value)}\u00a0%`;
/** Between the two; without the sign. */
export const rateNumber = (value: number): string => (100 * value).toFixed(1);
export const rateText = (value: number): string => `${rateNumber(value)}\u00a0%`;
export const countText = (value: number): string => value.toLocaleString('en');
