import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, remoteUserId } from '../../../../src/core/ids.ts';
import type { Party } from '../../../../src/core/event.ts';
import { readCalling, writeCalling, type Called } from '../../../../src/interop/message/mentions.ts';

const alice: Party = { in: 'matrix', userId: matrixUserId('@alice:example.org') };
const bob: Party = { in: 'remote', userId: remoteUserId('1-22@interop') };
const whoIs = (address: string): Called | undefined =>
  ({
    '1-2@interop': { party: alice, name: 'Alice' },
    '1-22@interop': { party: bob, name: 'Bob' },
  })[address];
const addressOf = (party: Party): string | undefined =>
  party === bob || party.userId === bob.userId
    ? '1-22@interop'
    : party.userId === alice.userId
      ? '1-2@interop'
      : undefined;

describe('mentions, read', () => {
  it('names people in place of their addresses, Matrix users by a link', () => {
    const { text, mentions } = readCalling('*hi* @1-2 and @1-22!', ['1-2@interop', '1-22@interop'], whoIs);
    assert.equal(text.plain, '*hi* @Alice and @Bob!');
    assert.equal(
      text.html,
      '<strong>hi</strong> <a href="https://matrix.to/#/%40alice%3Aexample.org">@Alice</a> and @Bob!',
    );
    assert.deepEqual(mentions, { users: [alice, bob], room: false });
  });

  it('leaves what only looks like one', () => {
    const { text, mentions } = readCalling('@1-3 @1-222 a@1-2x', ['1-3@interop', '1-2@interop'], whoIs);
    assert.equal(text.plain, '@1-3 @1-222 a@1-2x');
    assert.deepEqual(mentions.users, [alice]);
  });

  it('takes no more than fifty, and each once', () => {
    const { mentions } = readCalling(
      'x',
      Array.from({ length: 200 }, () => '1-2@interop'),
      whoIs,
    );
    assert.deepEqual(mentions.users, [alice]);
  });
});

describe('mentions, written', () => {
  const link = '<a href="https://matrix.to/#/@alice:example.org">Alice</a>';

  it('puts the address in place of a link, and beside', () => {
    const html = `<b>hi</b> ${link}`;
    assert.deepEqual(writeCalling({ plain: 'hi Alice', html }, { users: [alice], room: false }, addressOf), {
      body: '*hi* @1-2',
      addresses: ['1-2@interop'],
    });
  });

  it('puts it in place of a Matrix id in plain text', () => {
    const text = { plain: 'hi @alice:example.org', html: undefined };
    assert.deepEqual(writeCalling(text, { users: [alice], room: false }, addressOf), {
      body: 'hi @1-2',
      addresses: ['1-2@interop'],
    });
  });

  it('leaves the name of somebody who has no address, or is not called', () => {
    const stranger: Party = { in: 'matrix', userId: matrixUserId('@eve:example.org') };
    const text = { plain: 'hi Alice', html: `hi ${link}` };
    assert.deepEqual(writeCalling(text, { users: [stranger], room: true }, addressOf), {
      body: 'hi Alice',
      addresses: [],
    });
  });
});
