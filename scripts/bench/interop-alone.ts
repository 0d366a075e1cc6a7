/** What sealing and opening cost without all that is around them: what a message's cost is compared with. */
import { openSignal } from '../../src/crypto/signal/signal.ts';
import type { SignalStore } from '../../src/crypto/signal/store.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import { encodeMessage } from '../../src/interop/message/protobuf.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { signalLimits } from '../../src/interop/profile/signal-profile.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import { createTalk } from '../../src/interop/talk/create-talk.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import { MemorySignalStore } from '../../test/support/memory-signal.ts';
import type { Alone } from './interop-orders.ts';
import { wordsOf } from './interop-words.ts';

interface End {
  readonly address: Address;
  readonly talk: Talk;
}

/** CPU time of one of each; one after the other, between two who have both written. */
export async function sealingAlone(durable: SignalStore, count: number): Promise<Alone> {
  const memory = await between(new MemorySignalStore(), count);
  const kept = await between(durable, count);
  return { ...memory, sealDurable: kept.seal, openDurable: kept.open };
}

async function between(
  store: SignalStore,
  count: number,
): Promise<{ readonly seal: number; readonly open: number }> {
  const signal = openSignal({ store, limits: { ...signalLimits, firstBatch: 5 }, now: Date.now });
  const end = async (user: string, keysOf: () => Talk): Promise<End> => {
    const party = signal.party({ network: 'alone', user });
    await party.identity();
    const talk = createTalk({
      party,
      keysOf: async () => {
        const keys = await keysOf().keys.upload(0);
        return 'kind' in keys ? failedForGood('no-key') : { ...keys, prekey: keys.prekeys[0] };
      },
    });
    return { address: { kind: 'pair', user, server: 'lid' }, talk };
  };
  const one: End = await end('1', () => other.talk);
  const other: End = await end('2', () => one.talk);
  await passed(one, other, 'hello', 20);
  await passed(other, one, 'hello', 20);
  return passed(one, other, 'message', count);
}

async function passed(
  from: End,
  to: End,
  round: string,
  count: number,
): Promise<{ readonly seal: number; readonly open: number }> {
  let [seal, open] = [0, 0];
  for (let index = 0; index < count; index += 1) {
    const words = wordsOf(round, index);
    const id = messageIdFor(words);
    const begun = process.cpuUsage();
    const sealed = await from.talk.seal(to.address, id, encodeMessage({ conversation: words }));
    seal += since(begun);
    if (sealed.kind === 'failed') throw new Error(sealed.reason);
    const message = stanzaOf(from.address, id, sealed.sealed);
    const opening = process.cpuUsage();
    const opened = await to.talk.open(message);
    open += since(opening);
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    await to.talk.released(from.address, id);
    await from.talk.delivered(to.address, [id]);
  }
  return { seal: seal / count, open: open / count };
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function stanzaOf(from: Address, id: string, sealed: MessageStanza['sealed'][number]): MessageStanza {
  return {
    ...{ kind: 'message', id, from, to: undefined, participant: undefined, recipient: undefined },
    ...{ time: undefined, type: 'text', notify: undefined, offline: undefined, edit: undefined },
    ...{ sealed: [sealed], body: undefined, unavailable: false },
  };
}
