import assert from 'node:assert/strict';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import { mailFrom, type ChatTester } from './chat-tester.ts';
import { bob, type HostScene } from './host-scene.ts';

export async function deliver(scene: HostScene, login: Login, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) assert.equal(await scene.host.deliver(login, mailFrom(bob, id)), 'kept');
}

/** What comes until the mailbox is empty, acknowledged. */
export async function drained(client: ChatTester): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const ib = client.came.findIndex((one) => one.kind === 'ib' && one.about.kind === 'offline-end');
    const mail = client.came.findIndex(({ kind }) => kind === 'message' || kind === 'receipt');
    if (mail >= 0) {
      const [stanza] = client.came.splice(mail, 1);
      assert.ok(stanza?.kind === 'message' || stanza?.kind === 'receipt');
      ids.push(stanza.kind === 'message' ? stanza.id : `${stanza.about.kind} ${stanza.id}`);
      await client.acknowledge(stanza);
    } else if (ib >= 0) {
      client.came.splice(ib, 1);
      await client.ask({ kind: 'ping' });
      return ids;
    } else assert.ok(await client.until(() => client.came.at(-1)), 'nothing came');
    client.came.splice(
      0,
      client.came.length,
      ...client.came.filter(
        (one) => one.kind !== 'notification' && !(one.kind === 'ib' && one.about.kind === 'offline-preview'),
      ),
    );
  }
}

export function receipt(id: string, about: ReceiptStanza['about']): ReceiptStanza {
  return {
    ...{ kind: 'receipt', id, from: bob, to: undefined, participant: undefined, recipient: undefined },
    ...{ time: undefined, offline: undefined, about },
  };
}
