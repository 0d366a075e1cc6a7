import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { alice, fakeServices } from './services.ts';

async function answers(...texts: readonly string[]): Promise<readonly string[]> {
  const services = fakeServices();
  const found: string[] = [];
  for (const text of texts) {
    const reply = await runCommand({ user: alice, text, language: 'en', admin: false }, services);
    found.push(reply.plain);
  }
  return found;
}

describe('the commands on requests', () => {
  it('list who waits and who was turned away', async () => {
    const [open, declined] = await answers('requests', 'requests declined');
    assert.match(open ?? '', /• 1 · Person: Eve \(eve@x\)/);
    assert.match(declined ?? '', /• 2 · Person: Eve \(eve@x\)/);
  });

  it('show what was written as plain words on one line', async () => {
    const [shown, unknown] = await answers('requests show 1', 'requests show 9');
    assert.match(shown ?? '', /› see hxxps\[:\]\/\/spam\[\.\]example <b>\n/);
    assert.match(unknown ?? '', /no request with the number 9/);
  });

  it('accept, decline and block once', async () => {
    assert.match((await answers('accept 1'))[0] ?? '', /you accepted Eve/);
    assert.match((await answers('decline 1'))[0] ?? '', /you declined Eve.*requests restore 1/);
    const [blocked, again, empty] = await answers('requests block 1', 'accept 1', 'requests');
    assert.match(blocked ?? '', /you blocked Eve/);
    assert.match(again ?? '', /answered already/);
    assert.match(empty ?? '', /Nobody waits/);
  });

  it('let somebody ask again', async () => {
    const [restored, over] = await answers('requests restore 2', 'requests restore 1');
    assert.match(restored ?? '', /can ask again/);
    assert.match(over ?? '', /is over/);
  });

  it('say how they are written where they are not', async () => {
    const wrong = ['accept', 'accept 0', 'accept x', 'decline 1 2', 'requests show', 'requests what 1'];
    for (const answer of await answers(...wrong)) assert.match(answer, /accept|decline|requests/);
    for (const answer of await answers(...wrong)) assert.ok(!/you accepted|you declined/.test(answer));
  });
});
