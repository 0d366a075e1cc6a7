import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DoorExplained, SetBy } from '../../../src/core/door-explained.ts';
import { matrixUserId, networkId, roomId } from '../../../src/core/ids.ts';
import { doorJson } from '../../../src/http/provisioning/door-json.ts';

const user = matrixUserId('@root:example.org');

describe('what a door decided by, as JSON', () => {
  it('has all that is known, and null for what is not', () => {
    const door: DoorExplained = {
      ...{
        what: 'banned-server',
        subject: undefined,
        set: { kind: 'user', user },
        at: 1_000,
        reason: 'spam',
      },
      ...{ holds: true, command: 'unban server xmpp x', changedBy: 'administrators' },
    };
    assert.deepEqual(doorJson(door), {
      ...{ what: 'banned-server', about: null, set_by: { kind: 'user', user_id: user } },
      ...{ set_at: '1970-01-01T00:00:01.000Z', reason: 'spam', holds: true, command: 'unban server xmpp x' },
      changed_by: 'administrators',
    });
    const none = { set: undefined, at: undefined, reason: undefined, holds: undefined, command: undefined };
    assert.deepEqual(doorJson({ ...none, what: 'not-enabled', subject: 'xmpp', changedBy: 'nobody' }), {
      ...{ what: 'not-enabled', about: 'xmpp', set_by: null, set_at: null, reason: null, holds: null },
      ...{ command: null, changed_by: 'nobody' },
    });
  });

  it('says whose decision it was, whoever that is', () => {
    const list = roomId('!list:lists.example');
    const all: readonly (readonly [SetBy, unknown])[] = [
      [
        { kind: 'list', list, key: 'k', sender: user, entity: '*.x' },
        { kind: 'list', list, state_key: 'k', sender: user, entity: '*.x' },
      ],
      [
        { kind: 'network', network: networkId('xmpp') },
        { kind: 'network', network: 'xmpp' },
      ],
      [{ kind: 'config' }, { kind: 'config' }],
      [{ kind: 'default' }, { kind: 'default' }],
      [{ kind: 'administrators' }, { kind: 'administrators' }],
    ];
    const rest = { at: undefined, reason: undefined, holds: undefined, command: undefined };
    for (const [set, json] of all) {
      const written = doorJson({ ...rest, what: 'request', subject: undefined, set, changedBy: 'user' });
      assert.deepEqual(written['set_by'], json);
    }
  });
});
