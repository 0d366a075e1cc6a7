import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '../../../../src/interop/node/address.ts';
import type { AckStanza } from '../../../../src/interop/stanza/ack.ts';
import type { Stanza } from '../../../../src/interop/stanza/stanza.ts';
import { HandingOver } from '../../../../src/networks/thirdparty/handing-over.ts';
import { createHostCounts } from '../../../../src/networks/thirdparty/host-counts.ts';
import type { KeptMail } from '../../../../src/networks/thirdparty/mailbox.ts';
import { message, until } from '../../../support/chat-end.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const alice: Address = { kind: 'pair', user: '77', server: 'lid' };

/** A mailbox in memory that counts how often it is looked into. */
class Box {
  looks = 0;
  mails: KeptMail[] = [];
  #seq = 0;

  put(...ids: readonly string[]): void {
    for (const id of ids) {
      this.#seq += 1;
      this.mails.push({ name: id, seq: this.#seq, bytes: 10, mail: message(id, { from: alice }) });
    }
  }

  async count(): Promise<number> {
    return this.mails.length;
  }

  async next(_user: string, after: number, limit: number): Promise<readonly KeptMail[]> {
    this.looks += 1;
    return this.mails.filter(({ seq }) => seq > after).slice(0, limit);
  }

  async remove(_user: string, { name }: Pick<KeptMail, 'name'>): Promise<void> {
    this.mails = this.mails.filter((one) => one.name !== name);
  }
}

function over(box: Box, window: number): { readonly handing: HandingOver; readonly sent: Stanza[] } {
  const sent: Stanza[] = [];
  const handing = new HandingOver({
    ...{ mailbox: box, user: '1', counts: createHostCounts(), log: new RecordingLog() },
    limits: { window, windowBytes: 1_000_000, ackMs: 60_000 },
    send: async (stanza) => sent.push(stanza) > 0,
    failed: (why) => assert.fail(why),
  });
  return { handing, sent };
}

function ackOf(id: string): AckStanza {
  return {
    ...{ kind: 'ack', id, of: 'message', from: undefined, to: alice, participant: undefined },
    ...{ recipient: undefined, time: undefined, type: undefined, error: undefined },
  };
}

/** The messages that went over, in order. */
function ids(sent: readonly Stanza[]): readonly string[] {
  return sent.flatMap((one) => (one.kind === 'message' ? [one.id] : []));
}

describe('handing over', () => {
  it('looks into the mailbox once for what comes, and not for what is acknowledged', async () => {
    const box = new Box();
    const { handing, sent } = over(box, 64);
    handing.poke();
    await until(() => sent.some(({ kind }) => kind === 'ib'));
    assert.equal(box.looks, 1);
    box.put('a');
    handing.poke();
    await until(() => ids(sent).length === 1);
    assert.equal(await handing.acknowledged(ackOf('a')), true);
    await handing.stop();
    assert.equal(box.looks, 2);
    assert.deepEqual(box.mails, []);
  });

  it('goes on after acknowledgements where the window was full, to the last', async () => {
    for (const window of [1, 3, 16, 40]) {
      const box = new Box();
      const all = Array.from({ length: 40 }, (_, index) => `m${index}`);
      box.put(...all);
      const { handing, sent } = over(box, window);
      handing.poke();
      for (const id of all) {
        await until(() => ids(sent).includes(id));
        assert.equal(await handing.acknowledged(ackOf(id)), true);
      }
      await until(() => sent.some((one) => one.kind === 'ib' && one.about.kind === 'offline-end'));
      box.put('late');
      handing.poke();
      await until(() => ids(sent).length === 41);
      await handing.stop();
      assert.deepEqual(ids(sent), [...all, 'late'], `window of ${window}`);
      const ends = sent.filter((one) => one.kind === 'ib' && one.about.kind === 'offline-end');
      assert.equal(ends.length, 1);
    }
  });
});
