import type { MatrixFile } from '../../../test/support/matrix-user.ts';
import { NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat, Crossed } from '../chat.ts';
import type { Exchange } from '../exchange.ts';
import { picture, side, type Colour } from '../samples.ts';

/** A picture in each direction, as clients without XEP-0447 send it; what arrives is compared byte for byte. */
export function imageExchanges(chat: Chat, uploadDomain: string): readonly Exchange[] {
  const image = (name: string, colour: Colour): MatrixFile => ({
    ...picture(name, colour),
    info: { w: side, h: side },
  });
  return [
    fromNetwork(chat, uploadDomain, image('sunset.png', [220, 120, 40])),
    fromMatrix(chat, image('sea.png', [40, 120, 220])),
  ];
}

function fromNetwork(chat: Chat, uploadDomain: string, file: MatrixFile): Exchange {
  const { alice, friend, aliceAddress } = chat;
  return {
    kind: 'image',
    direction: 'to-matrix',
    expected: `the image ${file.name} with its ${file.bytes.byteLength} bytes`,
    run: async () => {
      const url = await friend.upload(uploadDomain, file);
      const crossed = await chat.toMatrix(
        () => friend.sendFile(aliceAddress, url),
        ({ content }) => content['msgtype'] === 'm.image' && nameOf(content) === file.name,
      );
      const { bytes } = await alice.downloadMedia(String(crossed.matrix.content['url']));
      return chat.shown(same(crossed, file, bytes));
    },
  };
}

function fromMatrix(chat: Chat, file: MatrixFile): Exchange {
  return {
    kind: 'image',
    direction: 'to-network',
    expected: `the image ${file.name} with its ${file.bytes.byteLength} bytes`,
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
