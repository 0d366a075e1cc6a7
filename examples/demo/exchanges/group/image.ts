import { xml } from '@xmpp/client';
import { fileParts, NS } from '../../../../test/support/xmpp-stanzas.ts';
import type { Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { picture, side } from '../../samples.ts';

/** A picture in the group in each direction, compared byte for byte. */
export function groupImageExchanges(salon: Salon, uploadDomain: string): readonly Exchange[] {
  const [theirs, hers] = [picture('cups.png', [240, 200, 160]), picture('plates.png', [160, 200, 240])];
  return [
    {
      ...{ kind: 'image', direction: 'to-matrix', expected: `the image ${theirs.name}` },
      run: async () => {
        const url = await salon.bob.user.upload(uploadDomain, theirs);
        const { name, type, bytes } = theirs;
        const facts = { url, name, type, size: bytes.byteLength, width: side, height: side };
        const oob = xml('x', { xmlns: NS.oob }, xml('url', {}, url));
        const heard = await salon.toMatrix(
          salon.bob,
          [xml('body', {}, url), fileParts(facts), oob],
          ({ content }) => content['msgtype'] === 'm.image' && content['body'] === name,
        );
        const got = await salon.alice.downloadMedia(String(heard.matrix.content['url']));
        same(name, bytes, got.bytes);
        return salon.shown(heard);
      },
    },
    {
      ...{ kind: 'image', direction: 'to-network', expected: `the image ${hers.name}` },
      run: async () => {
        const heard = await salon.toNetwork(
          () => salon.alice.sendFile(salon.room, { ...hers, info: { w: side, h: side } }),
          (stanza) => stanza.getChild('x', NS.oob)?.getChildText('url')?.endsWith(hers.name) === true,
        );
        const response = await fetch(heard.xmpp.getChild('x', NS.oob)?.getChildText('url') ?? '');
        if (!response.ok) throw new Error(`The download got ${response.status}.`);
        same(hers.name, hers.bytes, new Uint8Array(await response.arrayBuffer()));
        return salon.shown(heard);
      },
    },
  ];
}

function same(name: string, bytes: Uint8Array, received: Uint8Array): void {
  if (Buffer.compare(bytes, received) !== 0)
    throw new Error(`${name} arrived as ${received.byteLength} other bytes.`);
}
