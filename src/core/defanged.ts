/** A time of day, or a colon with something behind it. */
const clockOrColon = /(?<!\S)\d{1,2}:\d{2}(?::\d{2})?(?![\p{L}\p{N}.:/])|:(?=\S)/gu;

/**
 * Words of a stranger with nothing in them that a client makes a link of: addresses of the web and of mail, numbers with a
 * scheme, users and rooms of Matrix. They stay readable, in the manner of `hxxps://example[.]org`.
 */
export function defanged(words: string): string {
  return words
    .replace(/http(?=s?:)/giu, (scheme) => `${scheme.slice(0, 1)}xx${scheme.slice(3)}`)
    .replace(/(?<=[\p{L}\p{N}_~)\]-])\.(?=[\p{L}\p{N}]{2,})/gu, (dot, at: number, all: string) =>
      /\p{N}/u.test(all.charAt(at - 1)) && /\p{N}/u.test(all.charAt(at + 1)) ? dot : '[.]',
    )
    .replace(clockOrColon, (found) => (found === ':' ? '[:]' : found))
    .replaceAll('@', '[@]');
}
