/** What of a text clients make a link of, as well as it can be told without asking each of them. */

/**
 * An address with a scheme, or what clients take for one without: a name with a dot in it. Each part is bounded. It is found
 * to the end of the word, so that nothing of it is left that is a link by itself.
 */
export const linkPattern =
  /(?:[a-z][a-z0-9+.-]{1,20}:\/\/|\b(?:mailto|xmpp|matrix|tel|sms|magnet):|\bwww\.|[\p{L}\p{N}-]{1,63}\.\p{L}{2,24}(?![\p{L}\p{N}]))[^\s<>"]*/giu;

export function isLink(text: string): boolean {
  linkPattern.lastIndex = 0;
  return linkPattern.test(text);
}

/** The text with addresses that people can still read, and that nothing makes a link of: `hxxps[:]//example[.]org/a`. */
export function withoutLinks(text: string): string {
  return text.replace(linkPattern, (link) =>
    link.replace(/^http/i, 'hxxp').replaceAll(':', '[:]').replaceAll('.', '[.]'),
  );
}
