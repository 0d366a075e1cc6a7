import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BesidePair } from './beside-chat.ts';
import { eventually, seesText } from './eventually.ts';
import { acquaint, type Pair, type Stage } from './stage.ts';

/** Calls, which nobody can take, messages that are to be gone, and identities that change. */
export function besideCases(stage: Pick<Stage, 'rig'>): void {
  describe('calls, timers and identities', () => {
    let pair: Pair | undefined;
    let ends: BesidePair | undefined;
    const both = (): { readonly pair: Pair; readonly ends: BesidePair } => {
      assert.ok(pair !== undefined && ends !== undefined);
      return { pair, ends };
    };
    before(async () => {
      pair = await acquaint(stage.rig());
      ends = await stage.rig().beside(pair);
      // Lines are in the room that the user has with the bot.
      await ends.matrix.command('ping', /I am here/);
    });
    callCases(both);
    timerCases(both);
    restartCases(stage, both);
    identityCases(both);
  });
}

type Both = () => { readonly pair: Pair; readonly ends: BesidePair };

function noticed({ matrix }: Pair, pattern: RegExp): Promise<string> {
  return eventually(`a line like ${String(pattern)}`, () =>
    matrix.notices().find((notice) => pattern.test(notice)),
  );
}

function callCases(both: Both): void {
  it('a call from the network is declined, and the user told who called', async () => {
    const { pair, ends } = both();
    const call = await ends.remote.ring();
    await eventually('the end of the ringing', () => ends.remote.isDeclined(call) || undefined);
    await noticed(pair, /tried to call you/);
  });

  it('a call from Matrix is declined by the ghost, and its caller told why', async () => {
    const { pair, ends } = both();
    const call = await ends.matrix.ring();
    await eventually('the end of the ringing', () => ends.matrix.isDeclined(call) || undefined);
    await noticed(pair, /Calls do not go over the bridge/);
  });
}

function timerCases(both: Both): void {
  it('what somebody on the network says for a while is gone after it, once it was read', async () => {
    const { pair, ends } = both();
    await ends.remote.sayFor('soon gone', 1);
    await seesText(pair.matrixChat, 'soon gone');
    assert.equal(ends.matrix.timeOf('soon gone'), 1);
    await ends.matrix.read('soon gone');
    await eventually('its end', () => ends.matrix.isGone('soon gone') || undefined);
    // Such a message is how a chat's timer is set, where nothing else does.
    await noticed(pair, /disappear/);
  });

  it('a timer that is set on the network holds for the user, whose messages go too', async () => {
    const { pair, ends } = both();
    await ends.remote.setTimer(2);
    await eventually('the timer', () => ends.matrix.timer() === 2 || undefined);
    await noticed(pair, /disappear.*2 seconds/s);
    await pair.matrixChat.say('mine for a while');
    await seesText(pair.remoteChat, 'mine for a while');
    assert.equal(ends.remote.timeOf('mine for a while'), 2);
    await eventually('its end', () => ends.matrix.isGone('mine for a while') || undefined);
    await ends.remote.setTimer(undefined);
    await noticed(pair, /messages in your chat on \S+ stay/);
    await pair.matrixChat.say('mine for good');
    await seesText(pair.remoteChat, 'mine for good');
    assert.equal(ends.remote.timeOf('mine for good'), undefined);
  });

  it('a timer that the user sets goes over, and so does that of a message', async () => {
    const { pair, ends } = both();
    await ends.matrix.setTimer(3_600);
    await eventually('the timer', () => ends.remote.timer() === 3_600 || undefined);
    await ends.matrix.sayFor('mine for a minute', 60);
    await seesText(pair.remoteChat, 'mine for a minute');
    assert.equal(ends.remote.timeOf('mine for a minute'), 60);
    await ends.matrix.setTimer(undefined);
    await eventually('no timer', () => ends.remote.timer() === undefined || undefined);
    assert.equal(ends.matrix.isGone('mine for a minute'), false);
  });
}

function restartCases(stage: Pick<Stage, 'rig'>, both: Both): void {
  it('what is to be gone while the bridge is stopped is gone when it is back', async () => {
    const { pair, ends } = both();
    await ends.matrix.sayFor('over a restart', 1);
    await seesText(pair.remoteChat, 'over a restart');
    await stage.rig().restartBridge(() => sleep(1_500));
    await eventually('its end', () => ends.matrix.isGone('over a restart') || undefined);
  });
}

function identityCases(both: Both): void {
  it('another identity is told once, where the network has such, and confirmed by its number alone', async () => {
    const { pair, ends } = both();
    const change = ends.remote.changeIdentity?.bind(ends.remote);
    if (change === undefined) return;
    await change('11111 22222');
    await change('33333 44444');
    const line = await noticed(pair, /security number/);
    assert.match(line, /33333 44444/);
    const who = pair.remote.address;
    await ends.matrix.command('confirm', /33333 44444/);
    await ends.matrix.command(`confirm ${who} 11111 22222`, /That is not the security number/);
    await ends.matrix.command(`confirm ${who} 33333 44444`, /is confirmed/);
    await ends.matrix.command('confirm', /No security number has changed/);
    await pair.remoteChat.say('after it');
    await seesText(pair.matrixChat, 'after it');
    const told = pair.matrix.notices().filter((notice) => /has changed|is another now/.test(notice));
    assert.equal(told.filter((notice) => notice.includes('somebody else')).length, 1);
  });
}
