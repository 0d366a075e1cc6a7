import { randomBytes } from 'node:crypto';
import { xml } from '@xmpp/client';
import { startStack, type Stack } from '../../../test/support/bridge-process.ts';
import { MatrixUser } from '../../../test/support/matrix-user.ts';
import { RoomGuest } from '../../../test/support/room-scene.ts';
import { attribute, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import { XmppUser } from '../../../test/support/xmpp-user.ts';
import { MatrixEnd } from './matrix-end.ts';
import { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import { RuleApi } from './rule-api.ts';
import type { Rooms } from './scenario.ts';
import { XmppEnd } from './xmpp-end.ts';

const patienceMs = 30_000;
/** The limits of message requests on the stage. */
export const requestLimits = { perRequest: 3 } as const;

/** The accounts on XMPP, made before the server starts: who is made meanwhile may not be there yet when they log in. */
const named = ['bob', 'carol', 'fay', 'sue'] as const;
const strangers = Array.from({ length: 40 }, (_, index) => `stranger${index + 1}`);

/** The people of a stage: alice, whom the bridge may act as, erin, whom it may not, and the administrator. */
interface Cast {
  readonly alice: MatrixGuest;
  readonly erin: MatrixGuest;
  readonly root: MatrixGuest;
  readonly bob: XmppUser;
  readonly carol: XmppUser;
}

/** One chat: alice and bob at its ends. */
export interface Portal {
  readonly room: string;
  readonly matrix: MatrixEnd;
  readonly xmpp: XmppEnd;
}

/** A group has erin and carol in it too, who are heard by alice and bob. */
export interface GroupPortal extends Portal {
  readonly address: string;
  readonly guest: RoomGuest;
  readonly carolToAlice: { readonly from: XmppEnd; readonly to: MatrixEnd };
  readonly erinToBob: { readonly from: MatrixEnd; readonly to: XmppEnd };
}

/** The people, and their chats. */
interface Scenery {
  readonly cast: Cast;
  readonly direct: Portal;
  readonly aside: Portal;
  readonly group: GroupPortal;
}

/** Real servers, the bridge as a process of its own, people, and a direct chat and a group between them. */
export class Stage implements AsyncDisposable {
  readonly rooms: Rooms;
  readonly stack: Stack;
  readonly api: RuleApi;
  readonly #open: AsyncDisposableStack;
  #set: Scenery | undefined;
  readonly #strangers = [...strangers];
  #marks = 0;

  private constructor(rooms: Rooms, stack: Stack, api: RuleApi, open: AsyncDisposableStack) {
    this.rooms = rooms;
    this.stack = stack;
    this.api = api;
    this.#open = open;
  }

  static async open(dir: string, rooms: Rooms): Promise<Stage> {
    await using open = new AsyncDisposableStack();
    const secret = randomBytes(16).toString('hex');
    const stack = open.use(
      await startStack({
        ...{ dir, database: 'sqlite', doublePuppeting: true, encrypted: rooms === 'encrypted' },
        xmppUsers: [...named, ...strangers].map((local) => ({ local, password: 'secret' })),
        config: configOf(secret),
      }),
    );
    const stage = new Stage(rooms, stack, new RuleApi(stack.bridge.baseUrl, secret), open.move());
    try {
      await stage.#gather();
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get cast(): Cast {
    return present(this.#set).cast;
  }

  get direct(): Portal {
    return present(this.#set).direct;
  }

  /** The chat of erin and carol. */
  get aside(): Portal {
    return present(this.#set).aside;
  }

  get group(): GroupPortal {
    return present(this.#set).group;
  }

  /** A text that nothing else has. */
  mark(what: string): string {
    return `${what}-${(this.#marks += 1)}x`;
  }

  /** A new user of the homeserver at a client, with a management room. */
  async matrixUser(name: string, isOn = true): Promise<MatrixGuest> {
    const { synapse, botUserId, componentDomain } = this.stack;
    const { userId, password } = await synapse.createUser(name, 'a password');
    const { baseUrl } = synapse;
    const encryption = this.rooms === 'encrypted' ? { encryption: {} } : {};
    const user = this.#open.use(
      await MatrixUser.login({ baseUrl, userId, password, displayName: name, ...encryption }),
    );
    const guest = await MatrixGuest.meet(user, botUserId, `${name}@${componentDomain}`);
    if (isOn) await guest.ask('enable xmpp', /You can be reached on XMPP now|on xmpp now/i);
    return guest;
  }

  /** A person on XMPP at a client; without a name one whom nobody has met. */
  async xmppUser(name?: (typeof named)[number]): Promise<XmppUser> {
    const { service, domain } = this.stack.prosody;
    const username = name ?? this.#strangers.shift();
    if (username === undefined) throw new Error('there are no more strangers');
    return this.#open.use(await XmppUser.login({ service, domain, username, password: 'secret' }));
  }

  ghostOf({ jid }: XmppUser): string {
    return this.stack.ghostOf(jid);
  }

  /** A user opens a chat with somebody, and waits until both can write. */
  async chat(guest: MatrixGuest, person: XmppUser): Promise<Portal> {
    await guest.ask(`start xmpp ${person.jid}`, /matrix\.to|chat/i);
    return this.accept(guest, person);
  }

  /** A user joins the chat that a ghost has invited them to. */
  async accept(guest: MatrixGuest, person: XmppUser, not: readonly string[] = []): Promise<Portal> {
    const ghost = this.ghostOf(person);
    const { roomId: room } = await guest.user.waitForInvite(
      ({ inviter, roomId }) => inviter === ghost && !not.includes(roomId),
      patienceMs,
    );
    await guest.user.join(room);
    const { uploadDomain } = this.stack.prosody;
    const { jid } = guest;
    const at = { user: person, type: 'chat', to: jid, other: jid, uploadDomain } as const;
    return { room, matrix: new MatrixEnd(guest, room, ghost), xmpp: new XmppEnd(at) };
  }

  /** A user asks the bot for a group, and joins its room. */
  async join(guest: MatrixGuest, address: string): Promise<string> {
    await guest.ask(`join xmpp ${address}`, /You are in the group/);
    const { roomId } = await guest.user.waitForInvite(
      ({ isDirect, inviter }) => !isDirect && inviter === this.stack.botUserId,
      patienceMs,
    );
    await guest.user.join(roomId);
    return roomId;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#open.disposeAsync();
  }

  async #gather(): Promise<void> {
    const [alice, erin, root, bob, carol] = await Promise.all([
      this.matrixUser('alice'),
      this.matrixUser('erin'),
      this.matrixUser('root', false),
      this.xmppUser('bob'),
      this.xmppUser('carol'),
    ]);
    const cast = { alice, erin, root, bob, carol };
    await erin.ask('puppet off', /is off/);
    const [direct, aside, group] = await Promise.all([
      this.#friends(alice, bob),
      this.#friends(erin, carol),
      this.#gatherGroup(cast),
    ]);
    this.#set = { cast, direct, aside, group };
  }

  async #friends(guest: MatrixGuest, person: XmppUser): Promise<Portal> {
    const chat = await this.chat(guest, person);
    await befriend(person, chat.matrix, guest.jid);
    return chat;
  }

  async #gatherGroup({ alice, erin, bob, carol }: Cast): Promise<GroupPortal> {
    const { roomsDomain, uploadDomain } = this.stack.prosody;
    const address = `salon@${roomsDomain}`;
    const guest = await RoomGuest.enter(bob, address, 'Bob', { whois: 'anyone', persistentroom: '1' });
    await RoomGuest.enter(carol, address, 'Carol');
    const room = await this.join(alice, address);
    await this.join(erin, address);
    const end = (user: XmppUser, nick: string): XmppEnd =>
      new XmppEnd({ user, type: 'groupchat', to: address, other: `${address}/${nick}`, uploadDomain });
    const group: GroupPortal = {
      ...{ room, address, guest },
      matrix: new MatrixEnd(alice, room, this.ghostOf(bob)),
      xmpp: end(bob, 'alice'),
      carolToAlice: { from: end(carol, 'alice'), to: new MatrixEnd(alice, room, this.ghostOf(carol)) },
      erinToBob: { from: new MatrixEnd(erin, room, this.ghostOf(bob)), to: end(bob, 'erin') },
    };
    await speakAll(group);
    return group;
  }
}

/** Somebody from XMPP is in the room of a group once they have spoken, and what they do is shown from then on. */
async function speakAll({ xmpp, matrix, carolToAlice: { from, to } }: GroupPortal): Promise<void> {
  await xmpp.say('Bob is here');
  await matrix.heard('Bob is here');
  await from.say('Carol is here');
  await to.heard('Carol is here');
}

/** Lets two people of a chat see each other's presence. */
async function befriend(person: XmppUser, matrix: MatrixEnd, jid: string): Promise<void> {
  const presence = (type: string) => (stanza: Stanza) =>
    stanza.is('presence') && attribute(stanza, 'from') === jid && attribute(stanza, 'type') === type;
  // Only who has asked for the roster hears of subscriptions.
  await person.request('get', xml('query', 'jabber:iq:roster'));
  await person.send(xml('presence', { type: 'subscribe', to: jid }));
  await person.waitFor(presence('subscribed'), patienceMs, 'leave to see presence');
  // Whom a user writes to is asked for their presence.
  await matrix.say('may I see you?');
  await person.waitFor(presence('subscribe'), patienceMs, 'a request for presence');
  await person.send(xml('presence', { type: 'subscribed', to: jid }));
}

function configOf(secret: string): Readonly<Record<string, unknown>> {
  return {
    permissions: { '*': 'none', localhost: 'user', '@root:localhost': 'admin' },
    reach: { xmpp: { opt_in: 'required' } },
    requests: { enabled: true, max_per_request: requestLimits.perRequest },
    rules: { rooms_per_second: 50 },
    user_groups: { readers: ['@alice:localhost'] },
    http: { provisioning: { secret } },
    message_status: 'all',
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the stage is not set yet');
  return value;
}
