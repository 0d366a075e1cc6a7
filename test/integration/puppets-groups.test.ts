import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noMentions, type Target } from '../../src/core/event.ts';
import type { MatrixHandled } from '../../src/core/homeserver.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import type { GroupPortal } from '../../src/core/portal.ts';
import { puppetRegistration } from '../support/bridge.ts';
import { freePort } from '../support/free-port.ts';
import { startMatrixSide, writeRegistration, type MatrixSideUnderTest } from '../support/matrix-side.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { startSynapse } from '../support/synapse.ts';

const xmpp = networkId('xmpp');
const own = remoteUserId('alice@x');
const alice = matrixUserId('@alice:localhost');
const ghost = '@_xmpp_alice=40x:localhost';

describe('a linked account in a group', () => {
  const stack = new AsyncDisposableStack();
  let side: MatrixSideUnderTest;
  let user: MatrixUser;
  let observer: MatrixUser;
  let groups = 0;

  before(async () => {
    const dir = stack.use(await makeRunDir('puppets-groups'));
    const port = await freePort();
    const puppets = await puppetRegistration(dir.path);
    const registrations = [await writeRegistration(dir.path, port), puppets.file];
    const synapse = stack.use(await startSynapse({ dir: join(dir.path, 'synapse'), registrations }));
    const people: MatrixUser[] = [];
    for (const name of ['alice', 'zoe']) {
      const login = await synapse.createUser(name, 'password');
      people.push(stack.use(await MatrixUser.login({ baseUrl: synapse.baseUrl, ...login })));
    }
    [user, observer] = [people[0] ?? assert.fail(), people[1] ?? assert.fail()];
    const homeserverUrl = synapse.baseUrl;
    const { token: puppetToken } = puppets;
    side = stack.use(await startMatrixSide({ homeserverUrl, serverName: 'localhost', port, puppetToken }));
    await side.stores.logins.put({ user: alice, network: xmpp, remote: own, linkedAt: 1 });
  });
  after(() => stack.disposeAsync());

  /** A group with Zoe in it, made by the bot, which also invites others. */
  async function newGroup(...invite: readonly string[]): Promise<GroupPortal> {
    const { client, management } = side.side;
    const body = { preset: 'private_chat', invite: [observer.userId, ...invite] };
    const path = '/_matrix/client/v3/createRoom';
    const made = await client.request({ method: 'POST', path, as: management.as, body });
    assert.ok(made.kind === 'ok');
    const room = roomId(String(made.body['room_id']));
    await observer.join(room);
    const id = portalId(`group-${(groups += 1)}`);
    const key = { network: xmpp, chat: remoteChatId(id), receiver: undefined };
    const portal: GroupPortal = { kind: 'group', id, key, room };
    await side.stores.portals.adopted(portal);
    return portal;
  }

  const base = { sender: { in: 'remote', userId: own }, mentions: noMentions } as const;
  const name = (id: string) => ({ in: 'remote', messageId: remoteMessageId(id) }) as const;
  const content = (plain: string) =>
    ({ kind: 'text', style: 'normal', text: { plain, html: undefined } }) as const;

  async function say(portal: GroupPortal, id: string, plain: string): Promise<MatrixHandled> {
    const { handlers } = side.side;
    const event = { ...base, kind: 'message', cause: `xmpp/${id}`, name: name(id), at: 1_000_000 } as const;
    const message = { ...event, content: content(plain), replyTo: undefined, thread: undefined };
    return (await handlers.message?.(message, portal, AbortSignal.timeout(20_000))) ?? assert.fail();
  }

  function targetOf(handled: MatrixHandled, id: string): Target {
    assert.ok(handled.kind === 'sent');
    const [first, ...rest] = handled.eventIds;
    assert.ok(first !== undefined);
    return { eventIds: [first, ...rest], messageIds: [remoteMessageId(id)], author: base.sender };
  }

  it('speaks as the user, who is brought in, at the time when they wrote', async () => {
    const portal = await newGroup();
    await say(portal, 'a1', 'from my phone');
    const seen = await observer.waitForText(portal.room, 'from my phone');
    assert.deepEqual([seen.sender, seen.at], [alice, 1_000_000]);
    assert.equal((await user.memberships(portal.room))[alice], 'join');
    // What comes back is known: the message, and that she is in the room.
    const back = await side.kept.waitFor(({ eventId }) => eventId === seen.eventId, 10_000, 'the echo');
    assert.equal((await side.side.open(back, 'c')).kind, 'echo');
    const joined = await side.kept.waitFor(
      ({ raw }) => raw.includes('"membership":"join"') && raw.includes(`"sender":"${alice}"`),
      10_000,
      'the join',
    );
    assert.partialDeepStrictEqual(await side.side.open(joined, 'c'), {
      kind: 'joined',
      broughtInto: portal.id,
    });
  });

  it('says a thing once, however often it is tried', async () => {
    const portal = await newGroup();
    const [first, second] = [await say(portal, 'b1', 'only once'), await say(portal, 'b1', 'only once')];
    assert.deepEqual(first, second);
    await say(portal, 'b2', 'the end');
    await observer.waitForText(portal.room, 'the end');
    const bodies = observer.timeline(portal.room).map((event) => event.content['body']);
    assert.equal(bodies.filter((body) => body === 'only once').length, 1);
  });

  it('is an ordinary ghost after the user has left, and where the user wants it so', async () => {
    const portal = await newGroup(alice, ghost);
    await user.join(portal.room);
    await user.leave(portal.room);
    await say(portal, 'c1', 'she is gone');
    assert.equal((await observer.waitForText(portal.room, 'she is gone')).sender, ghost);
    assert.equal((await observer.memberships(portal.room))[alice], 'leave');

    const other = await newGroup(alice, ghost);
    await side.side.puppets.puppets.choose(alice, 'off');
    const handled = await say(other, 'c2', 'as ghost');
    await side.side.puppets.puppets.choose(alice, 'on');
    await say(other, 'c3', 'as alice');
    assert.equal((await observer.waitForText(other.room, 'as ghost')).sender, ghost);
    assert.equal((await observer.waitForText(other.room, 'as alice')).sender, alice);
    // What the ghost sent is the ghost's to edit.
    const edit = { ...base, kind: 'edit', cause: 'xmpp/c4', name: name('c4'), at: 1_000_001 } as const;
    const target = targetOf(handled, 'c2');
    await side.side.handlers.edit?.(
      { ...edit, target, content: content('edited') },
      other,
      AbortSignal.timeout(20_000),
    );
    const edited = await observer.waitForEvent(other.room, ({ relation }) => relation?.type === 'm.replace');
    assert.deepEqual([edited.sender, edited.relation?.eventId], [ghost, target.eventIds[0]]);
  });

  it('has what it has read marked as read by the user', async () => {
    const portal = await newGroup(alice);
    await user.join(portal.room);
    const eventId = await observer.sendText(portal.room, 'read me');
    await user.waitForText(portal.room, 'read me');
    const eventIds = [matrixEventId(eventId)] as const;
    const target = targetOf({ kind: 'sent', eventIds, reactionEvents: new Map() }, 'd1');
    const receipt = { kind: 'receipt', receipt: 'read', cause: 'xmpp/d', name: undefined, at: 1 } as const;
    const handled = await side.side.handlers.receipt?.(
      { ...receipt, sender: base.sender, target },
      portal,
      AbortSignal.timeout(20_000),
    );
    assert.equal(handled?.kind, 'sent');
    assert.ok(side.side.puppets.reads.isOurs(alice, portal.room, target.eventIds[0]));
    const room = observer.sdk.getRoom(portal.room);
    await eventually(() => room?.getEventReadUpTo(alice) === eventId);
    await eventually(
      () =>
        user.sdk.getRoom(portal.room)?.getAccountData('m.fully_read')?.getContent()['event_id'] === eventId,
    );
  });
});

async function eventually(test: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !test();) {
    assert.ok(Date.now() < end, 'it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
