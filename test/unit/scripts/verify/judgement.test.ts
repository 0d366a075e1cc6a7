import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../../../scripts/verify/judgement.ts';
import type { ChatRecord, GhostRoom, GroupRecord, RunRecord } from '../../../../scripts/verify/record.ts';

const room = (over: Partial<GhostRoom> = {}): GhostRoom => ({
  room: '!a',
  made: true,
  ghost: 'join',
  user: 'join',
  ...over,
});

const arrived = (...texts: readonly string[]): ChatRecord['delivered'] =>
  texts.map((text) => ({ text, id: `id of ${text}` }));

const chat = (over: Partial<ChatRecord> = {}): ChatRecord => ({
  chat: 'juliet',
  accepted: ['m1', 'm2', 'm3'],
  delivered: arrived('m1', 'm2', 'm3'),
  written: ['x1', 'x2', 'x3'],
  receipted: new Set(['x1', 'x2', 'x3']),
  bounced: new Set(),
  shown: ['x1', 'x2', 'x3'],
  rooms: [room()],
  ...over,
});

const run = (over: Partial<ChatRecord> = {}, whole: Partial<RunRecord> = {}): RunRecord => ({
  chats: [chat(over)],
  groups: [],
  kills: 2,
  wanted: 3,
  wantedInGroups: 2,
  states: [{ state: 'sent', ended: true, count: 6 }],
  unexpectedEnds: [],
  ...whole,
});

/** The guarantees that did not hold, with what broke them. */
const broken = (record: RunRecord): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    judge(record)
      .guarantees.filter(({ ok }) => !ok)
      .map(({ name, faults }) => [name, faults]),
  );

describe('the judgement of a run', () => {
  it('accepts a run in which everything arrived once and in order', () => {
    assert.equal(judge(run()).ok, true);
    assert.deepEqual(broken(run()), {});
  });

  it('finds an event that did not reach XMPP', () => {
    assert.deepEqual(broken(run({ delivered: arrived('m1', 'm3') })), {
      'to XMPP: every event arrives': ['juliet: m2 is lost'],
    });
  });

  it('finds a message of another chat', () => {
    assert.deepEqual(broken(run({ delivered: arrived('m1', 'm2', 'm3', 'other') })), {
      'to XMPP: every event arrives': ['juliet: other arrived but was not sent here'],
    });
    assert.deepEqual(broken(run({ shown: ['x1', 'x2', 'x3', 'other'] })), {
      'to Matrix: what was receipted is there once': ['juliet: other is there but was not sent here'],
    });
  });

  it('finds events that reached XMPP in another order', () => {
    assert.deepEqual(broken(run({ delivered: arrived('m2', 'm1', 'm3') })), {
      'to XMPP: in order': ['juliet: m1 after m2'],
    });
  });

  it('counts repeats that follow on their original, and finds one that comes later', () => {
    const repeated = run({ delivered: arrived('m1', 'm2', 'm2', 'm3') });
    assert.equal(judge(repeated).ok, true);
    assert.equal(judge(repeated).figures.repeats, 1);
    assert.deepEqual(broken(run({ delivered: arrived('m1', 'm2', 'm3', 'm2') })), {
      'to XMPP: in order': ['juliet: m2 after m3'],
    });
  });

  it('finds more repeats than kills and chats explain', () => {
    assert.deepEqual(broken(run({ delivered: arrived('m1', 'm1', 'm1', 'm1', 'm2', 'm3') })), {
      'to XMPP: repeats are few and carry the same id': ['3 repeats, more than 2'],
    });
  });

  it('finds a repeat under another id, and one id for two messages', () => {
    const renamed = [...arrived('m1', 'm2'), { text: 'm2', id: 'new' }, ...arrived('m3')];
    assert.deepEqual(broken(run({ delivered: renamed })), {
      'to XMPP: repeats are few and carry the same id': ['juliet: m2 came again under another id'],
    });
    const shared = [...arrived('m1', 'm2'), { text: 'm3', id: 'id of m1' }];
    assert.deepEqual(broken(run({ delivered: shared })), {
      'to XMPP: repeats are few and carry the same id': ['juliet: m3 has the id of m1'],
    });
  });

  it('finds a receipted message that is not on Matrix, and any that is there twice', () => {
    assert.deepEqual(broken(run({ shown: ['x1', 'x3'] })), {
      'to Matrix: what was receipted is there once': ['juliet: x2 was receipted and is lost'],
    });
    const unreceiptedTwice = {
      written: ['x1', 'x2', 'x3', 'x4'],
      shown: ['x1', 'x2', 'x3', 'x4', 'x4'],
    };
    assert.deepEqual(broken(run(unreceiptedTwice)), {
      'to Matrix: what was receipted is there once': ['juliet: x4 is there 2 times'],
    });
  });

  it('lets what was not receipted be there or not, and counts it', () => {
    const record = run({
      written: ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'],
      bounced: new Set(['x4']),
      shown: ['x1', 'x2', 'x3', 'x5'],
    });
    const { ok, figures } = judge(record);
    assert.equal(ok, true);
    assert.deepEqual(
      [
        figures.receipted,
        figures.bounced,
        figures.unanswered,
        figures.shownUnreceipted,
        figures.shownBounced,
      ],
      [3, 1, 2, 1, 0],
    );
  });

  it('finds messages on Matrix in another order', () => {
    assert.deepEqual(broken(run({ shown: ['x1', 'x3', 'x2'] })), {
      'to Matrix: in order': ['juliet: x2 after x3'],
    });
  });

  it('finds a second portal, a missing one, and a room in which the ghost was left alone', () => {
    const name = 'one room for each chat';
    assert.deepEqual(broken(run({ rooms: [room(), room({ room: '!b', made: false, user: 'invite' })] })), {
      [name]: ['juliet: 2 rooms hold the ghost and the user'],
    });
    assert.deepEqual(broken(run({ rooms: [] })), { [name]: ['juliet: 0 rooms hold the ghost and the user'] });
    assert.deepEqual(broken(run({ rooms: [room(), room({ room: '!b', user: undefined })] })), {
      [name]: ['juliet: the ghost is alone in !b', 'juliet: the bridge made 2 rooms'],
    });
  });

  it('takes a room that the ghost declined for no portal', () => {
    assert.equal(judge(run({ rooms: [room(), room({ room: '!b', made: false, ghost: 'leave' })] })).ok, true);
  });

  it('finds events without an outcome, and a database without events', () => {
    const name = 'every event ended in one outcome';
    const states = [
      { state: 'sent', ended: true, count: 5 },
      { state: 'pending', ended: false, count: 1 },
    ];
    assert.deepEqual(broken(run({}, { states })), { [name]: ['1 events are pending and have not ended'] });
    assert.deepEqual(broken(run({}, { states: [{ state: 'pending', ended: true, count: 1 }] })), {
      [name]: ['1 events are pending'],
    });
    assert.deepEqual(broken(run({}, { states: [] })), { [name]: ['the database holds no events'] });
  });

  it('finds a load that did not flow, and a bridge that ended by itself', () => {
    assert.deepEqual(broken(run({}, { wanted: 4 })), {
      'the load flowed': [
        'only 3 of 4 messages were sent on Matrix',
        'only 3 of 4 messages from XMPP were receipted',
      ],
    });
    assert.deepEqual(broken(run({}, { unexpectedEnds: ['exit code 1'] })), {
      'the bridge ended only when told to': ['exit code 1'],
    });
  });
});

const at = (...texts: readonly string[]): GroupRecord['shown'] => texts.map((text) => ({ text, at: 0 }));

const group = (over: Partial<GroupRecord> = {}): RunRecord =>
  run(
    {},
    {
      groups: [
        {
          group: 'square',
          accepted: ['m1', 'm2'],
          delivered: arrived('m1', 'm2'),
          reflected: at('g1', 'g2'),
          shown: at('g1', 'g2'),
          rooms: ['!g'],
          ...over,
        },
      ],
    },
  );

describe('the judgement of groups', () => {
  it('accepts a run in which everything arrived once and in order', () => {
    assert.deepEqual(broken(group()), {});
    assert.deepEqual(judge(group()).figures.groups, {
      ...{ accepted: 2, arrived: 2, repeats: 0, repeatsAllowed: 2 },
      ...{ reflected: 2, shown: 2, rooms: 1 },
    });
  });

  it('asks nothing of groups where there are none', () => {
    assert.ok(judge(run()).guarantees.every(({ name }) => !/room:|rooms:|group/.test(name)));
  });

  it('finds what did not reach the room, came in another order, or was never sent', () => {
    assert.deepEqual(broken(group({ delivered: arrived('m2', 'x') })), {
      'to rooms: every event arrives': ['square: m1 is lost', 'square: x arrived but was not sent here'],
    });
    assert.deepEqual(broken(group({ delivered: arrived('m2', 'm1') })), {
      'to rooms: in order': ['square: m1 after m2'],
    });
  });

  it('finds repeats under another id, and too many of them', () => {
    const name = 'to rooms: repeats are few and carry the same id';
    assert.deepEqual(broken(group({ delivered: arrived('m1', 'm1', 'm2', 'm2') })), {});
    assert.deepEqual(broken(group({ delivered: arrived('m1', 'm1', 'm1', 'm1', 'm2') })), {
      [name]: ['3 repeats, more than 2'],
    });
    const renamed = [...arrived('m1'), { text: 'm1', id: 'other' }, ...arrived('m2')];
    assert.deepEqual(broken(group({ delivered: renamed })), {
      [name]: ['square: m1 came again under another id'],
    });
  });

  it('finds what the room said and Matrix has not, has twice, or has in another order', () => {
    const once = 'from rooms: what the room said is there once';
    assert.deepEqual(broken(group({ shown: at('g2') })), { [once]: ['square: g1 is lost'] });
    assert.deepEqual(broken(group({ shown: at('g1', 'g1', 'g2') })), {
      [once]: ['square: g1 is there 2 times'],
    });
    assert.deepEqual(broken(group({ shown: at('g1', 'g2', 'm1') })), {
      [once]: ['square: m1 is there but was not sent here'],
    });
    assert.deepEqual(broken(group({ shown: at('g2', 'g1') })), {
      'from rooms: in order': ['square: g1 after g2'],
    });
  });

  it('finds a second room, a missing one, and a load that did not flow', () => {
    const name = 'one room for each group';
    assert.deepEqual(broken(group({ rooms: ['!g', '!h'] })), {
      [name]: ['square: the user is in 2 rooms of it'],
    });
    assert.deepEqual(broken(group({ rooms: [] })), { [name]: ['square: the user is in 0 rooms of it'] });
    assert.deepEqual(broken({ ...group(), wantedInGroups: 3 }), {
      'the load of groups flowed': [
        'only 2 of 3 messages were sent on Matrix',
        'only 2 of 3 were said in rooms',
      ],
    });
  });
});
