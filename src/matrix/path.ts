/** A request path: each value that is put in is percent-encoded as one segment. */
export function path(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return texts.map((text, at) => text + encodeURIComponent(values[at] ?? '')).join('');
}
