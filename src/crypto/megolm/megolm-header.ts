/**
 * What can be read of an encrypted room event without its key
 * (https://spec.matrix.org/v1.16/client-server-api/#mmegolmv1aes-sha2). The message begins with its version and index:
 * https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md#message-format
 */

/** Names a message of a session; no two messages have the same name. */
export interface MegolmHeader {
  readonly sessionId: string;
  readonly index: number;
  readonly sender: string;
  readonly eventId: string;
}

const algorithm = 'm.megolm.v1.aes-sha2';
const version = 3;
const indexTag = 0x08;
const longest = 120_000;

/** Reads the header of a whole event (JSON); undefined where it is no encrypted event of the algorithm spoken here. */
export function readMegolmEvent(raw: string): MegolmHeader | undefined {
  if (raw.length > longest) return undefined;
  const event = readObject(raw);
  const content = event === undefined ? undefined : asObject(event['content']);
  if (event === undefined || content?.['algorithm'] !== algorithm) return undefined;
  const { sender, event_id: eventId } = event;
  const { session_id: sessionId, ciphertext } = content;
  if (event['type'] !== 'm.room.encrypted' || typeof sender !== 'string' || typeof eventId !== 'string')
    return undefined;
  if (typeof sessionId !== 'string' || sessionId === '' || sessionId.length > 255) return undefined;
  const index = typeof ciphertext === 'string' ? messageIndex(ciphertext) : undefined;
  return index === undefined ? undefined : { sessionId, index, sender, eventId };
}

/** The index of a Megolm message in unpadded base64; undefined where it is none. */
export function messageIndex(ciphertext: string): number | undefined {
  if (!/^[A-Za-z0-9+/]+$/u.test(ciphertext)) return undefined;
  const head = Buffer.from(ciphertext.slice(0, 12), 'base64');
  if (head[0] !== version || head[1] !== indexTag) return undefined;
  let index = 0;
  for (let place = 0; place < 5; place += 1) {
    const byte = head[2 + place];
    if (byte === undefined) return undefined;
    index += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return index < 2 ** 32 ? index : undefined;
  }
  return undefined;
}

/** A JSON object; undefined for everything else. */
export function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return asObject(value);
  } catch {
    return undefined;
  }
}

/** The value as an object of which nothing is known. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
