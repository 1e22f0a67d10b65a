// How the parts of the fast reader leave a text to the full one.

class NeedsFullReader extends Error {}

/** Ends the fast reading: the text is invalid, or uses a part of YAML that only the full reader has. */
export const leaveToFullReader = (): never => {
  throw new NeedsFullReader();
};

/** @returns undefined where `read` left the text to the full reader. */
export function unlessLeft<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NeedsFullReader) return undefined;
    throw error;
  }
}
