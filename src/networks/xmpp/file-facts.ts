/** What is said of files in stanzas, taken only where it makes sense. */
import { xmlText } from './characters.ts';

export const unknownType = 'application/octet-stream';
const typesByEnding = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['heic', 'image/heic'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['3gp', 'video/3gpp'],
  ['mp3', 'audio/mpeg'],
  ['m4a', 'audio/mp4'],
  ['aac', 'audio/aac'],
  ['ogg', 'audio/ogg'],
  ['oga', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['wav', 'audio/wav'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['vcf', 'text/vcard'],
  ['zip', 'application/zip'],
]);

/** Beyond these a number is nobody's picture or recording. */
const mostPixels = 100_000;
const longestMs = 1_000_000_000;

/** An http or https address of a sane length, without characters that a stanza could not carry back. */
export function webAddress(text: string | undefined): string | undefined {
  const url = text?.trim();
  if (url === undefined || url.length > 8192 || !/^https?:\/\/[^/]/i.test(url)) return undefined;
  return URL.canParse(url) && xmlText(url) === url ? url : undefined;
}

export function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A name without path, control or direction characters, at most 200 characters with its ending kept. */
export function fileName(text: string | undefined): string | undefined {
  const name = (text?.split(/[/\\]/).at(-1) ?? '').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  return /^\.*$/.test(name) ? undefined : shortened(name);
}

function shortened(name: string): string {
  const points = Array.from(name);
  if (points.length <= 200) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return points.slice(0, 200 - ending.length).join('') + ending;
}

/** A MIME type without its parameters. */
export function mediaType(text: string | undefined): string | undefined {
  const type = text?.trim().toLowerCase().split(';', 1)[0]?.trimEnd() ?? '';
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/.test(type) ? type : undefined;
}

export function mediaTypeByName(name: string): string | undefined {
  return typesByEnding.get(/\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? '');
}

/** A whole number that is not negative. */
export function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

export function pixels(text: string | undefined): number | undefined {
  const number = count(text) ?? 0;
  return number > 0 && number <= mostPixels ? number : undefined;
}

export function milliseconds(text: string | undefined): number | undefined {
  const number = count(text);
  return number !== undefined && number <= longestMs ? number : undefined;
}
