import { crc32, deflateSync } from 'node:zlib';
import type { MatrixFile } from '../../../test/support/matrix-user.ts';
import { NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat, Crossed } from '../chat.ts';
import type { Exchange } from '../exchange.ts';

/** A picture and a file, each in both directions; what arrives is compared byte for byte. */
export function fileExchanges(chat: Chat, uploadDomain: string): readonly Exchange[] {
  const notes = (name: string, text: string): MatrixFile => {
    const bytes = new TextEncoder().encode(text.repeat(100));
    return { name, type: 'application/pdf', bytes };
  };
  return [
    fromNetwork(chat, uploadDomain, 'image', picture('sunset.png', [220, 120, 40])),
    fromMatrix(chat, 'image', picture('sea.png', [40, 120, 220])),
    fromNetwork(chat, uploadDomain, 'file', notes('menu.pdf', '%PDF-1.4 soup, bread, cake\n')),
    fromMatrix(chat, 'file', notes('map.pdf', '%PDF-1.4 first left, then right\n')),
  ];
}

type FileKind = 'image' | 'file';

function fromNetwork(chat: Chat, uploadDomain: string, kind: FileKind, file: MatrixFile): Exchange {
  const { alice, friend, aliceAddress } = chat;
  return {
    kind,
    direction: 'to-matrix',
    expected: `the ${kind} ${file.name} with its ${file.bytes.byteLength} bytes`,
    run: async () => {
      const url = await friend.upload(uploadDomain, file);
      const crossed = await chat.toMatrix(
        () => friend.sendFile(aliceAddress, url),
        ({ content }) => content['msgtype'] === `m.${kind}` && nameOf(content) === file.name,
      );
      const { bytes } = await alice.downloadMedia(String(crossed.matrix.content['url']));
      return chat.shown(same(crossed, file, bytes));
    },
  };
}

function fromMatrix(chat: Chat, kind: FileKind, file: MatrixFile): Exchange {
  return {
    kind,
    direction: 'to-network',
    expected: `the ${kind} ${file.name} with its ${file.bytes.byteLength} bytes`,
    run: async () => {
      const before = new Set(chat.friend.stanzas);
      const crossed = await chat.toNetwork(
        () => chat.alice.sendFile(chat.place.room, file),
        (stanza) => !before.has(stanza) && addressIn(stanza)?.endsWith(`/${file.name}`) === true,
      );
      const response = await fetch(addressIn(crossed.xmpp) ?? '');
      if (!response.ok) throw new Error(`The download got ${response.status}.`);
      if (response.headers.get('content-type') !== file.type)
        throw new Error(`The file came as ${response.headers.get('content-type') ?? 'nothing'}.`);
      return chat.shown(same(crossed, file, new Uint8Array(await response.arrayBuffer())));
    },
  };
}

function same(crossed: Crossed, { name, bytes }: MatrixFile, received: Uint8Array): Crossed {
  if (Buffer.compare(bytes, received) !== 0)
    throw new Error(`${name} arrived as ${received.byteLength} other bytes.`);
  return crossed;
}

function nameOf(content: Readonly<Record<string, unknown>>): unknown {
  return content['filename'] ?? content['body'];
}

function addressIn(stanza: Stanza): string | undefined {
  return stanza.getChild('x', NS.oob)?.getChildText('url') ?? undefined;
}

type Colour = readonly [red: number, green: number, blue: number];

/** A picture of 64 by 64 pixels in one colour (PNG, https://www.w3.org/TR/png-3/). */
function picture(name: string, colour: Colour): MatrixFile {
  const side = 64;
  const line = [0, ...Array.from({ length: side }, () => colour).flat()];
  const pixels = Buffer.from(Array.from({ length: side }, () => line).flat());
  const parts = [
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0])),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return {
    name,
    type: 'image/png',
    bytes: Uint8Array.from(Buffer.concat(parts)),
    info: { w: side, h: side },
  };
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.byteLength);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
