import assert from 'node:assert/strict';
import { it } from 'node:test';
import { labelOf, playAll, type Line, type Scenario } from '../../../../../scripts/verify/rules/scenario.ts';

function scenario(name: string, play: () => Promise<void>): Scenario {
  return { part: 'limits', name, chat: 'group', way: 'to XMPP', play };
}

it('plays every scenario, acts one after the other, and tells what broke one', async () => {
  const order: string[] = [];
  const ok = (name: string): Scenario =>
    scenario(name, async () => {
      order.push(name);
    });
  const broken = scenario('broken', () => Promise.reject(new Error('it arrived')));
  const told: Line[] = [];
  const lines = await playAll([[[broken, ok('after')]], [[ok('last')]]], 'plain', (line) => told.push(line));
  assert.deepEqual(order, ['after', 'last']);
  assert.deepEqual(lines, told);
  assert.deepEqual(
    lines.map(({ ok: held, fault }) => [held, fault]),
    [
      [false, 'it arrived'],
      [true, undefined],
      [true, undefined],
    ],
  );
});

it('names a scenario by all that it is about', () => {
  const label = labelOf(
    scenario('a text', () => Promise.resolve()),
    'encrypted',
  );
  assert.equal(label, 'limits: a text [group, encrypted, to XMPP]');
});
