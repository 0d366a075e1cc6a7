import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Device } from '../../../../src/crypto/megolm/engine.ts';
import { bodyOf, lockedEvent, PaperEngines, paperRoom, sealed } from '../../../support/paper-engine.ts';

const other: Device = { userId: '@other:paper', deviceId: 'PHONE' };
const guest: Device = { userId: '@person:paper', deviceId: 'BRIDGE', guest: true };
const room = paperRoom('!elsewhere:paper', [other.userId, guest.userId]);

describe('keys that are sent to a guest', () => {
  let paper: PaperEngines;

  beforeEach(async () => {
    paper = await PaperEngines.start();
  });
  afterEach(() => paper[Symbol.asyncDispose]());

  for (const asGuest of [true, false])
    it(`are ${asGuest ? 'not kept, and it seals on' : 'kept by another device'}`, async () => {
      const arrived: string[] = [];
      const keysArrived = (): void => void arrived.push('keys');
      const bridge = await paper.open('bridge', { events: { keysArrived } });
      const device = asGuest ? guest : { userId: guest.userId, deviceId: guest.deviceId };
      const people = await paper.open('people');
      assert.equal(await bridge.identify(device), undefined);
      assert.equal(await people.identify(other), undefined);
      const content = await sealed(people, other, room);
      const inbox = paper.server.device(guest.userId, guest.deviceId).inbox.length;
      assert.equal(inbox, 1);
      // Named without its kind, it is a guest all the same.
      const named = { userId: guest.userId, deviceId: guest.deviceId };
      assert.equal(await bridge.pull(named), undefined);
      const opened = await bridge.open(named, lockedEvent(other, room.room, '$event', content));
      assert.equal(opened.kind === 'opened', !asGuest);
      assert.equal(arrived.length > 0, !asGuest);
      const back = await sealed(bridge, device, room);
      assert.equal(bodyOf(await people.open(other, lockedEvent(device, room.room, '$back', back))), 'hello');
    });
});
