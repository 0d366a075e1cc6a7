/** No path, no control character, nothing that turns the direction of text: what a file name may not hold. */
const unsafe = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFC]/gu;
const maxBytes = 255;
const maxEndingLength = 16;

/**
 * A file's name as it may be shown and kept: the last part of a path, without control and direction characters, at most
 * 255 bytes with its ending kept; `fallback` where nothing is left.
 */
export function cleanFileName(name: string, fallback: string): string {
  const bare = name.slice(-4096).toWellFormed().replace(unsafe, '');
  const last = bare.split(/[/\\]/).findLast((part) => trimmed(part) !== '') ?? '';
  return shortened(trimmed(last)) || fallback;
}

function trimmed(part: string): string {
  return part.replace(/^[\s.]+/u, '').trimEnd();
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= maxEndingLength ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - ending.length);
  return firstBytes(stem, maxBytes - Buffer.byteLength(ending)).trimEnd() + ending;
}

/** As many whole characters as fit into `bytes`. */
function firstBytes(text: string, bytes: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
