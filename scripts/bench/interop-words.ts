/** The words of messages, from which their names are made: so each side sees by itself that a message is what it was. */
import { messageIdFor } from '../../src/interop/message/message-id.ts';

/** About as long as the messages that people write to each other. */
export function wordsOf(round: string, index: number): string {
  return `a message of a benchmark, about as long as those that people write to each other: ${round} ${index}`;
}

export function isGenuine(id: string, words: string | undefined): boolean {
  return words !== undefined && messageIdFor(words) === id;
}

/** The Matrix ID of a homeserver user. */
export function residentNamed(index: number): string {
  return `@resident${index}:example.org`;
}
