/**
 * Whether a file is what it is said to be, by its first bytes (the signatures of https://mimesniff.spec.whatwg.org/).
 * Images are checked, because clients draw them unasked; other types are the receiver's to open or not.
 */

/** How many of a file's first bytes `contradicts` wants to see; fewer only where the file is shorter. */
export const SNIFFED_BYTES = 256;

interface Signature {
  readonly mimetype: string;
  readonly matches: (head: Uint8Array) => boolean;
}

const signatures: readonly Signature[] = [
  {
    mimetype: 'image/png',
    matches: (head) => has(head, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  },
  { mimetype: 'image/jpeg', matches: (head) => has(head, 0, [0xff, 0xd8, 0xff]) },
  { mimetype: 'image/gif', matches: (head) => says(head, 0, 'GIF87a') || says(head, 0, 'GIF89a') },
  { mimetype: 'image/webp', matches: (head) => says(head, 0, 'RIFF') && says(head, 8, 'WEBP') },
  { mimetype: 'image/bmp', matches: (head) => says(head, 0, 'BM') },
  {
    mimetype: 'image/tiff',
    matches: (head) => has(head, 0, [0x49, 0x49, 0x2a, 0x00]) || has(head, 0, [0x4d, 0x4d, 0x00, 0x2a]),
  },
  { mimetype: 'image/x-icon', matches: (head) => has(head, 0, [0x00, 0x00, 0x01, 0x00]) },
  { mimetype: 'image/avif', matches: (head) => says(head, 4, 'ftypavif') || says(head, 4, 'ftypavis') },
  {
    mimetype: 'image/heic',
    matches: (head) =>
      ['heic', 'heix', 'heim', 'hevc', 'mif1', 'msf1'].some((brand) => says(head, 4, `ftyp${brand}`)),
  },
  {
    mimetype: 'image/jxl',
    matches: (head) => has(head, 0, [0xff, 0x0a]) || has(head, 0, [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]),
  },
];

const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/apng': 'image/png',
  'image/x-png': 'image/png',
  'image/x-ms-bmp': 'image/bmp',
  'image/vnd.microsoft.icon': 'image/x-icon',
  'image/heif': 'image/heic',
};

/**
 * Whether a file's first bytes contradict the image type that it is declared to have. An image type without a known
 * signature (SVG, which can carry scripts, among them) counts as contradicted: such a file can only travel as a file
 * of another type. Anything that is not declared to be an image is never contradicted.
 */
export function contradicts(declared: string, head: Uint8Array): boolean {
  const mimetype = essence(declared);
  if (!mimetype.startsWith('image/')) return false;
  const wanted = aliases[mimetype] ?? mimetype;
  return !signatures.some((signature) => signature.mimetype === wanted && signature.matches(head));
}

/** A MIME type without its parameters, in lower case; `application/octet-stream` where it is none. */
export function essence(declared: string): string {
  const type = (declared.split(';')[0] ?? '').trim().toLowerCase();
  return /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}$/.test(type)
    ? type
    : 'application/octet-stream';
}

function has(head: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[at + index] === byte);
}

function says(head: Uint8Array, at: number, text: string): boolean {
  return has(head, at, [...Buffer.from(text)]);
}
