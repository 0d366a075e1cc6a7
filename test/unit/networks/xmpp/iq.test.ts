import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import xml from '@xmpp/xml';
import { Requests, type Answer } from '../../../../src/networks/xmpp/iq.ts';

const request = { type: 'get', from: 'gate.test', to: 'bob@example.org', child: xml('ping') } as const;

it('takes an answer only from who was asked, and names the condition of an error', async () => {
  const written: string[] = [];
  const requests = new Requests((text) => written.push(text));
  const asked = requests.ask(request, 1000);
  const id = /id="([^"]+)"/.exec(written[0] ?? '')?.[1] ?? '';
  requests.answered(xml('iq', { type: 'result', id, from: 'eve@example.org' }));
  assert.equal(await Promise.race([asked, turn('waiting')]), 'waiting');
  const error = xml(
    'error',
    { type: 'cancel' },
    xml('item-not-found', 'urn:ietf:params:xml:ns:xmpp-stanzas'),
  );
  requests.answered(xml('iq', { type: 'error', id, from: 'Bob@example.org' }, error));
  const answer = await asked;
  assert.ok(answer.kind === 'error' && answer.condition === 'item-not-found');
});

it('says why no answer came', async () => {
  const requests = new Requests(() => undefined);
  const why = (answer: Answer): string => (answer.kind === 'no-answer' ? answer.why : answer.kind);
  assert.equal(why(await requests.ask(request, 5)), 'timeout');
  const asked = requests.ask(request, 1000);
  requests.end();
  assert.equal(why(await asked), 'link-down');
});
