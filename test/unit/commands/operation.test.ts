import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runCommand } from '../../../src/commands/run.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

async function say(text: string, services: FakeServices, admin = false): Promise<string> {
  return (await runCommand({ user: alice, text, language: 'en', admin }, services)).plain;
}

/** Asks and answers the command that is to be repeated. */
async function asked(text: string, services: FakeServices, admin = false): Promise<string> {
  const answer = await say(text, services, admin);
  return /write (erase \S+ \d{4}) within/.exec(answer)?.[1] ?? assert.fail(answer);
}

describe('erase', () => {
  it('erases nothing before its number was repeated', async () => {
    const services = fakeServices();
    const repeat = await asked('erase me', services);
    assert.deepEqual(services.erased, []);
    assert.match(await say('erase me 0000', services), /not the number/);
    assert.match(await say(repeat, services), /not the number/, 'a wrong number spends the right one');
    assert.deepEqual(services.erased, []);
    assert.match(await say(await asked('ERASE Me', services), services), /I am erasing .*left this room/);
    assert.deepEqual(services.erased, [alice]);
  });

  it('takes the number in any figures, and once it is under way in any case', async () => {
    const services = fakeServices();
    const repeat = await asked('erase me', services);
    const arabic = repeat.replace(/\d/g, (figure) => String.fromCodePoint(0x660 + Number(figure)));
    assert.match(await say(arabic, services), /I am erasing/);
    assert.match(await say(repeat, services), /I am erasing/);
    assert.deepEqual(services.erased, [alice]);
  });

  it('forgets the number after ten minutes', async () => {
    const services = fakeServices();
    const repeat = await asked('erase me', services);
    services.time += 600_001;
    assert.match(await say(repeat, services), /not the number, or it is too old/);
    assert.deepEqual(services.erased, []);
  });

  it('erases others for administrators alone', async () => {
    const services = fakeServices();
    assert.match(await say('erase @bob:example.org', services), /Only administrators/);
    assert.match(await say('erase bob', services, true), /no user ID/);
    assert.match(await say('erase', services), /erase <me or user>/);
    const repeat = await asked('erase @bob:example.org', services, true);
    assert.match(await say(repeat.replace('@bob:example.org', 'me'), services, true), /not the number/);
    assert.match(await say(repeat, services, true), /goes on by itself/);
    assert.deepEqual(services.erased, ['@bob:example.org']);
  });

  it('survives whatever it is given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (who, number) => {
        const services = fakeServices();
        assert.ok((await say(`erase ${who} ${number}`, services, true)).length > 0);
        assert.deepEqual(services.erased, []);
      }),
    );
  });
});

describe('log', () => {
  it('shows and changes levels, of all or of a part', async () => {
    const services = fakeServices();
    assert.match(await say('log', services, true), /all others · Level: info/);
    assert.match(await say('log debug xmpp', services, true), /xmpp · Level: debug\n.*all others.*info/);
    assert.match(await say('log ERROR', services, true), /all others · Level: error/);
    assert.deepEqual([...services.levels], [['', 'error']]);
  });

  it('says what there is instead of what is not', async () => {
    const services = fakeServices();
    assert.match(await say('log loud', services, true), /no level loud.*debug, info, warn, error/);
    assert.match(await say('log debug irc', services, true), /no part irc.*matrix, xmpp/);
    assert.match(await say('log debug xmpp now', services, true), /log \[level\] \[part\]/);
    assert.match(await say('log', services), /Only administrators/);
    assert.match(await say('log', { ...services, logging: undefined }, true), /cannot be changed/);
  });
});
