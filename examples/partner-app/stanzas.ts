/** The stanzas that the app sends. */
import type { Address } from '../../src/interop/node/address.ts';
import { decodeNode } from '../../src/interop/node/decode.ts';
import { encodeNode } from '../../src/interop/node/encode.ts';
import type { MessageStanza, Sealed } from '../../src/interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import { parseStanza, renderStanza } from '../../src/interop/stanza/stanza.ts';

/** Who sends is for the server to say, and when too. */
const envelope = {
  ...{ from: undefined, participant: undefined, recipient: undefined, time: undefined },
} as const;

export interface MessageParts {
  readonly to: Address;
  readonly id: string;
  readonly type: string;
  readonly notify: string;
  readonly sealed: readonly Sealed[];
}

export function messageStanza(parts: MessageParts): MessageStanza {
  const rest = { offline: undefined, edit: undefined, body: undefined, unavailable: false } as const;
  return { kind: 'message', ...envelope, ...rest, ...parts };
}

export function receiptStanza(to: Address, id: string, about: Receipt): ReceiptStanza {
  return { kind: 'receipt', ...envelope, offline: undefined, to, id, about };
}

/** The bytes of a stanza, to be kept. */
export function stanzaBytes(stanza: MessageStanza | ReceiptStanza): Uint8Array {
  const encoded = encodeNode(renderStanza(stanza));
  if (encoded.kind === 'failed') throw new RangeError('The stanza is too large.');
  return encoded.bytes;
}

/** Reads what `stanzaBytes` made. */
export function stanzaOf(bytes: Uint8Array): MessageStanza | ReceiptStanza | undefined {
  const decoded = decodeNode(bytes);
  const stanza = decoded.kind === 'decoded' ? parseStanza(decoded.node) : undefined;
  return stanza?.kind === 'message' || stanza?.kind === 'receipt' ? stanza : undefined;
}
