import type { MessageType } from '../../src/crypto/signal/sessions.ts';

/** Names the message key that a message was sealed with: the ratchet's public key and the number in its chain. */
export function keyNameOf(type: MessageType, bytes: Uint8Array): string {
  const inner = type === 'pkmsg' ? fieldsOf(bytes.subarray(1)).get(4) : bytes;
  if (!(inner instanceof Uint8Array)) throw new Error('a first message holds none');
  const fields = fieldsOf(inner.subarray(1, -8));
  const ratchet = fields.get(1);
  if (!(ratchet instanceof Uint8Array)) throw new Error('a message has no ratchet key');
  return `${Buffer.from(ratchet).toString('hex')} ${String(fields.get(2) ?? 0)}`;
}

/** The fields of a flat protobuf message. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, Uint8Array | number> {
  const fields = new Map<number, Uint8Array | number>();
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) throw new Error('a message ends too early');
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = varint();
    if (tag % 8 === 2) {
      fields.set(tag >> 3, bytes.subarray(at, at + value));
      at += value;
    } else fields.set(tag >> 3, value);
  }
  return fields;
}
