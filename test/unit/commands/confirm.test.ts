import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Identities } from '../../../src/core/identities.ts';
import { networkId, parseFingerprint, remoteUserId } from '../../../src/core/ids.ts';
import { memoryIdentities } from '../../support/memory-identities.ts';
import { alice, fakeServices } from './services.ts';
import { runCommand } from '../../../src/commands/run.ts';

const network = networkId('xmpp');
const bob = remoteUserId('bob@example.org');
const number = (text: string): NonNullable<ReturnType<typeof parseFingerprint>> =>
  parseFingerprint(text) ?? assert.fail(text);

async function asked() {
  const identities = new Identities(memoryIdentities());
  const key = { user: alice, network, remote: bob };
  const seen = { previous: undefined, verified: false, at: 1 };
  await identities.seen(key, { ...seen, identity: number('11111 22222') });
  const services = { ...fakeServices(), identities };
  const run = async (text: string): Promise<string> =>
    (await runCommand({ user: alice, text, language: 'en', admin: false }, services)).plain;
  const change = (): Promise<unknown> => identities.seen(key, { ...seen, identity: number('33333 44444') });
  return { run, change, state: () => identities.state(alice, network, bob) };
}

describe('confirm', () => {
  it('shows what is known of a person, and says so where nothing is', async () => {
    const { run, change } = await asked();
    assert.match(await run('confirm'), /No security number has changed/);
    assert.match(await run('confirm xmpp bob@example.org'), /is 11111 22222, as ever/);
    assert.match(await run('confirm xmpp carol@example.org'), /No security number is known/);
    await change();
    assert.match(await run('confirm'), /bob@example\.org.*33333 44444/s);
    assert.match(await run('confirm xmpp bob@example.org'), /it was 11111 22222 before/);
  });

  it('takes the number that the person has now, and no other', async () => {
    const { run, change, state } = await asked();
    await change();
    assert.match(await run('confirm xmpp bob@example.org 11111 22222'), /it is 33333 44444/);
    assert.equal(await state(), 'changed');
    assert.match(await run('confirm xmpp bob@example.org <33333>'), /confirm \[network\]/);
    assert.match(await run('confirm xmpp bob@example.org 33333  44444'), /is confirmed/);
    assert.equal(await state(), 'verified');
    assert.match(await run('confirm xmpp bob@example.org'), /You have confirmed it/);
    assert.match(await run('confirm xmpp bob@example.org 33333 44444'), /is confirmed/);
  });
});
