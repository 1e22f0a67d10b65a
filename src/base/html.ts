// Pieces of HTML files that allow their own script and style and nothing else.
import { createHash } from 'node:crypto';

/** For text and for values of attributes; XML escapes the same characters. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** JSON as the content of a script element: nothing in it can end the element. @param text JSON. */
export const embeddedJson = (text: string): string =>
  text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028');

/**
 * The content security policy of a page with one script and one style sheet in it. Sizes and colours of single elements are set by the
 * script, which a policy for styles does not concern.
 * @param page `later`: a script that its own script adds when it is needed.
 * @param connect where its script may ask: by default left to `default-src`, nowhere.
 */
export function pagePolicy(
  page: { readonly script: string; readonly style: string; readonly later?: string },
  connect?: string,
): string {
  return [
    `default-src 'none'`,
    `script-src ${[page.script, ...(page.later === undefined ? [] : [page.later])].map(hashOf).join(' ')}`,
    `style-src ${hashOf(page.style)}`,
    'img-src data:',
    ...(connect === undefined ? [] : [`connect-src ${connect}`]),
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
