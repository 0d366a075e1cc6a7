/** Stanzas as an independent client, baileys, writes them: acknowledgements and refusals [P]. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildAckStanza } from 'baileys/lib/Utils/stanza-ack.js';
import { makeNode } from '../../../../src/interop/node/node.ts';
import { ackOf } from '../../../../src/interop/stanza/ack.ts';
import { renderStanza } from '../../../../src/interop/stanza/stanza.ts';

it('acknowledges as baileys does', () => {
  const messages = [
    { id: '3EB0', from: '1-12@interop', type: 'text' },
    { id: '3EB0', from: '12-34@g.us', participant: '1-12@interop', type: 'media' },
    { id: '3EB0', from: '12@s.whatsapp.net', recipient: '13@s.whatsapp.net' },
  ];
  for (const attrs of messages) {
    for (const error of [undefined, 487]) {
      const node = makeNode('message', attrs);
      const ours = ackOf(node, error);
      assert.ok(ours);
      assert.deepEqual(renderStanza(ours).attrs, buildAckStanza({ tag: 'message', attrs }, error).attrs);
    }
  }
});
