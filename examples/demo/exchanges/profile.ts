import { eventually } from '../../../test/conformance/eventually.ts';
import type { SignalPair } from '../../../test/conformance/signal-chat.ts';
import type { Chat } from '../chat.ts';
import { patienceMs, type Direction, type Exchange } from '../exchange.ts';
import { picture } from '../samples.ts';
import { rowOf, sides } from './signals.ts';

/** Names and pictures of people that change, each in both directions. */
export function profileExchanges(chat: Chat, ends: () => Promise<SignalPair>): readonly Exchange[] {
  return [
    naming(chat, ends, 'to-matrix', 'Bob of the Hill'),
    naming(chat, ends, 'to-network', 'Alice of the Sea'),
    facing(chat, ends, 'to-matrix'),
    facing(chat, ends, 'to-network'),
  ];
}

type Ends = () => Promise<SignalPair>;

function naming(chat: Chat, ends: Ends, direction: Direction, name: string): Exchange {
  return {
    ...{ kind: 'name', direction, expected: `the new name "${name}"` },
    prepare: ends,
    run: async () => {
      const { from, to } = sides(await ends(), direction);
      await from.rename(name);
      await eventually(name, async () => (await to.name()) === name || undefined, patienceMs);
      return chat.shown(rowOf(chat, direction, `is called “${name}” from now on`));
    },
  };
}

/** A homeserver scales pictures for the network, so that there they are other bytes. */
function facing(chat: Chat, ends: Ends, direction: Direction): Exchange {
  const file = picture('face.png', direction === 'to-matrix' ? [250, 200, 60] : [160, 60, 250]);
  return {
    ...{ kind: 'avatar', direction, expected: 'a new picture of the other' },
    prepare: ends,
    run: async () => {
      const { from, to } = sides(await ends(), direction);
      const before = Buffer.from((await to.face()) ?? []);
      await from.picture(file);
      const isNew = async (): Promise<true | undefined> => {
        const face = await to.face();
        if (face === undefined || face.byteLength === 0 || before.equals(face)) return undefined;
        return direction === 'to-network' || Buffer.from(file.bytes).equals(face) || undefined;
      };
      await eventually('the picture', isNew, patienceMs);
      return chat.shown(rowOf(chat, direction, 'has a new picture'));
    },
  };
}
