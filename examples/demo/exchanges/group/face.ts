import { xml } from '@xmpp/client';
import { EventType } from 'matrix-js-sdk';
import { eventually } from '../../../../test/conformance/eventually.ts';
import { patienceMs, type Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { picture } from '../../samples.ts';
import { deed } from './coming.ts';

const vcard = 'vcard-temp';

/** The group's picture (XEP-0486), changed by its owners in both directions. */
export function faceExchanges(salon: Salon): readonly Exchange[] {
  const [theirs, hers] = [picture('parlour.png', [120, 30, 30]), picture('lounge.png', [30, 30, 120])];
  const expected = 'the new picture of the group, byte for byte';
  return [
    {
      ...{ kind: 'group-avatar', direction: 'to-matrix', expected },
      run: async () => {
        const { alice, bob, address } = salon;
        const base64 = Buffer.from(theirs.bytes).toString('base64');
        const photo = xml('PHOTO', {}, xml('TYPE', {}, theirs.type), xml('BINVAL', {}, base64));
        await bob.user.request('set', xml('vCard', vcard, photo), address);
        const { content } = await salon.hear(({ type }) => type === 'm.room.avatar');
        const { bytes } = await alice.downloadMedia(String(content['url']));
        if (Buffer.compare(bytes, theirs.bytes) !== 0) throw new Error('It arrived as other bytes.');
        return salon.shown(deed('to-matrix', 'Bob', 'gives the group a picture'));
      },
    },
    {
      ...{ kind: 'group-avatar', direction: 'to-network', expected },
      run: async () => {
        const { alice, room } = salon;
        const url = await alice.upload(hers);
        await alice.sdk.sendStateEvent(room, EventType.RoomAvatar, { url });
        const isIt = async (): Promise<true | undefined> =>
          (await pictureThere(salon))?.equals(hers.bytes) === true ? true : undefined;
        await eventually('the picture', isIt, patienceMs);
        return salon.shown(deed('to-network', 'Alice', 'gives the group another picture'));
      },
    },
  ];
}

/** What Bob's client gets when it asks the room for its picture. */
async function pictureThere({ bob, address }: Salon): Promise<Buffer | undefined> {
  const card = await bob.user.request('get', xml('vCard', vcard), address);
  const base64 = card?.getChild('PHOTO')?.getChildText('BINVAL') ?? undefined;
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}
