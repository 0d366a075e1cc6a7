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
const textTag = 0x12;
/** A MAC of 8 bytes and an Ed25519 signature. */
const trailer = 8 + 64;
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

/**
 * The index of a Megolm message in unpadded base64; undefined where it is none. Only the one form that engines write counts:
 * they check what they read as they would write it, so the same message with more fields, or longer numbers, would pass for
 * another index.
 */
export function messageIndex(ciphertext: string): number | undefined {
  if (!/^[A-Za-z0-9+/]+$/u.test(ciphertext)) return undefined;
  const bytes = Buffer.from(ciphertext, 'base64');
  if (bytes[0] !== version || bytes[1] !== indexTag) return undefined;
  const index = varintAt(bytes, 2);
  if (index === undefined || bytes[index.end] !== textTag) return undefined;
  const length = varintAt(bytes, index.end + 1);
  return length !== undefined && bytes.length === length.end + length.value + trailer
    ? index.value
    : undefined;
}

/** A number of at most 32 bits in the shortest form of protobuf's encoding, and where it ends. */
function varintAt(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let place = 0; place < 5; place += 1) {
    const byte = bytes[at + place];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte >= 0x80) continue;
    const isShortest = place === 0 || byte !== 0;
    return isShortest && value < 2 ** 32 ? { value, end: at + place + 1 } : undefined;
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
