// The dictionary, to be asked both ways: [P], see profile/node-dictionary.ts.
import { doubleByteWords, singleByteWords, tags } from '../profile/node-profile.ts';

/** The word of one byte (1 to 235). */
export function singleByteWord(byte: number): string | undefined {
  return byte === 0 ? undefined : singleByteWords[byte - 1];
}

/** The word of a tag from 236 to 239 and the byte behind it. */
export function doubleByteWord(tag: number, byte: number): string | undefined {
  return doubleByteWords[tag - tags.firstDictionary]?.[byte];
}

/** Whether a tag names one of the tables of two-byte words. */
export function isDictionary(tag: number): boolean {
  return tag >= tags.firstDictionary && tag < tags.firstDictionary + doubleByteWords.length;
}

/** The one or two bytes that stand for a word of the dictionary. */
export function bytesOfWord(word: string): readonly number[] | undefined {
  return byWord.get(word);
}

const byWord: ReadonlyMap<string, readonly number[]> = new Map([
  ...singleByteWords.map((word, index): [string, number[]] => [word, [index + 1]]),
  ...doubleByteWords.flatMap((table, index) =>
    table.map((word, byte): [string, number[]] => [word, [tags.firstDictionary + index, byte]]),
  ),
]);
