import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixEventId, matrixUserId, roomId } from '../../../src/core/ids.ts';
import type { ListEvent } from '../../../src/core/policy-list.ts';
import { parsePolicyEvent } from '../../../src/matrix/parse-policy.ts';

const room = roomId('!list:lists.example');
const bot = matrixUserId('@causeway:example.org');
const sha256 = 'VPqwbUV7mMMkOVto3kPwsNXXiALMs7VCKWh3OeqqjGs=';

function parsed(event: Readonly<Record<string, unknown>>): ListEvent | undefined {
  const raw = JSON.stringify({
    ...{ sender: '@author:lists.example', origin_server_ts: 5, state_key: 'k', room_id: room },
    ...event,
  });
  return parsePolicyEvent({ eventId: matrixEventId('$1'), room, raw }, bot);
}
const rule = (content: unknown, kind = 'user', more = {}): ListEvent | undefined =>
  parsed({ type: `m.policy.rule.${kind}`, content, ...more });
const ban = { entity: '@x:y', recommendation: 'm.ban' };

describe('events of policy lists', () => {
  it('are bans of users, servers and rooms, with their reason, key and sender', () => {
    assert.deepEqual(rule({ ...ban, reason: 'spam' }), {
      kind: 'rule',
      rule: {
        ...{ list: room, kind: 'user', key: 'k', entity: { kind: 'named', name: '@x:y' } },
        ...{ reason: 'spam', sender: '@author:lists.example', at: 5 },
      },
    });
    const server = rule({ entity: 'EVIL.Example', recommendation: 'org.matrix.mjolnir.ban' }, 'server');
    assert.ok(server?.kind === 'rule' && server.rule.kind === 'server');
    assert.deepEqual(server.rule.entity, { kind: 'named', name: 'evil.example' });
    assert.equal(rule({ entity: '#a:b', recommendation: 'm.ban' }, 'room')?.kind, 'rule');
  });

  it('may name by a hash, in either form of base64', () => {
    for (const hashes of [{ sha256 }, { sha256: sha256.replace('=', '').replaceAll('+', '-') }])
      for (const field of ['hashes', 'org.matrix.msc4205.hashes']) {
        const found = rule({ recommendation: 'm.ban', [field]: hashes });
        assert.deepEqual(found?.kind === 'rule' && found.rule.entity, { kind: 'hashed', sha256 });
      }
    assert.equal(rule({ recommendation: 'm.ban', hashes: { sha256: 'short' } })?.kind, 'broken');
  });

  it('end a rule where nothing is left of it', () => {
    for (const content of [{}, undefined, null, 'x', { reason: 'gone' }])
      assert.deepEqual(rule(content), { kind: 'none', list: room, about: 'user', key: 'k' });
  });

  it('ban nobody where they say something else, or are broken', () => {
    for (const content of [
      { ...ban, recommendation: 'm.allow' },
      { ...ban, recommendation: 5 },
      { entity: '@x:y' },
      { recommendation: 'm.ban' },
      { ...ban, entity: 7 },
      { ...ban, entity: '' },
      { ...ban, entity: 'x'.repeat(513) },
    ])
      assert.deepEqual(rule(content), { kind: 'broken', list: room, about: 'user', key: 'k' });
    assert.equal(rule(ban, 'user', { sender: 'nobody' })?.kind, 'broken');
    assert.equal(rule(ban, 'other'), undefined);
    assert.equal(rule(ban, 'user', { state_key: undefined }), undefined);
  });

  it('tell of the bot, and of nobody else', () => {
    const member = (membership: string, state_key: string = bot) =>
      parsed({ type: 'm.room.member', state_key, content: { membership } });
    assert.deepEqual(member('ban'), { kind: 'out', list: room });
    assert.deepEqual(member('leave'), { kind: 'out', list: room });
    assert.deepEqual(member('invite'), { kind: 'invited', list: room });
    assert.equal(member('join'), undefined);
    assert.equal(member('leave', '@x:y'), undefined);
    assert.equal(parsed({ type: 'm.room.message', content: { body: 'hi' } }), undefined);
  });

  it('are taken whatever they hold, as what a database can keep', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (value, key, name) => {
          rule(value, 'user', { state_key: value, sender: value, origin_server_ts: value });
          const found = rule({ ...ban, entity: name, reason: name }, 'room', { state_key: key });
          if (found?.kind !== 'rule') return;
          const { rule: made } = found;
          for (const text of [
            made.key,
            made.reason ?? '',
            made.entity.kind === 'named' ? made.entity.name : '',
          ])
            assert.ok(text.isWellFormed() && !text.includes('\0'));
        },
      ),
    );
    assert.equal(parsePolicyEvent({ eventId: matrixEventId('$1'), room, raw: 'no json' }, bot), undefined);
  });
});
