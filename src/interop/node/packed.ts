// Packed text: two characters to a byte, of one of two alphabets [P]. The top bit of the length says that it is odd.
import { hexAlphabet, nibbleAlphabet, packedFiller, packedMax, tags } from '../profile/node-profile.ts';

type PackedTag = typeof tags.nibbles | typeof tags.hex;

/** The bytes of a text with tag and length, where an alphabet has all its characters and it is short enough. */
export function pack(text: string): readonly number[] | undefined {
  if (text === '' || text.length > packedMax) return undefined;
  return packWith(tags.nibbles, text) ?? packWith(tags.hex, text);
}

/** The text of packed bytes without their length; `undefined` where a half byte stands for no character. */
export function unpack(tag: PackedTag, bytes: Uint8Array, odd: boolean): string | undefined {
  const alphabet = alphabetOf(tag);
  const halves: string[] = [];
  for (const byte of bytes) halves.push(alphabet.charAt(byte >> 4), alphabet.charAt(byte & 15));
  // What fills the last half is not looked at: clients differ in it.
  if (odd) halves.pop();
  return halves.includes('') ? undefined : halves.join('');
}

function packWith(tag: PackedTag, text: string): readonly number[] | undefined {
  const alphabet = alphabetOf(tag);
  const halves = Array.from(text, (character) => alphabet.indexOf(character));
  if (halves.includes(-1)) return undefined;
  const odd = halves.length % 2;
  if (odd === 1) halves.push(packedFiller);
  const packed = [tag, (halves.length / 2) | (odd << 7)];
  for (let at = 0; at < halves.length; at += 2) packed.push(((halves[at] ?? 0) << 4) | (halves[at + 1] ?? 0));
  return packed;
}

function alphabetOf(tag: PackedTag): string {
  return tag === tags.hex ? hexAlphabet : nibbleAlphabet;
}
