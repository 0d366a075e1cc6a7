/** What was said in chats, for as long as memory holds it: clients show above an answer what it answers. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import { unpad } from '../../interop/message/padding.ts';
import { decodeMessage } from '../../interop/message/protobuf.ts';
import type { WireMessage } from '../../interop/message/wire-message.ts';

const mostMessages = 5_000;
/** Only words are kept: a quote of a file is shown by its caption. */
const longest = 1_000;

export class Remembered {
  readonly #said = new BoundedMap<string, string>(mostMessages);

  /** A message that came in, as it was opened. */
  came(user: MatrixUserId, person: RemoteUserId, id: string, padded: Uint8Array): void {
    const bytes = unpad(padded);
    const decoded = bytes instanceof Uint8Array ? decodeMessage(bytes) : undefined;
    if (decoded?.kind === 'decoded') this.said(user, person, id, decoded.message);
  }

  said(user: MatrixUserId, person: RemoteUserId, id: string, message: WireMessage): void {
    const words = wordsIn(message);
    if (words !== undefined && words !== '') this.#said.set(keyOf(user, person, id), words.slice(0, longest));
  }

  quote(user: MatrixUserId, person: RemoteUserId, id: string): WireMessage | undefined {
    const words = this.#said.get(keyOf(user, person, id));
    return words === undefined ? undefined : { conversation: words.toWellFormed() };
  }
}

function wordsIn(message: WireMessage): string | undefined {
  const { imageMessage, videoMessage, documentMessage } = message;
  return (
    message.conversation ??
    message.extendedTextMessage?.text ??
    imageMessage?.caption ??
    videoMessage?.caption ??
    documentMessage?.caption
  );
}

function keyOf(user: MatrixUserId, person: RemoteUserId, id: string): string {
  return `${user} ${person} ${id}`;
}
