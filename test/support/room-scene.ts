import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { by } from '../../src/core/crossing.ts';
import { noMentions, type BridgeEvent, type EventOf, type Target } from '../../src/core/event.ts';
import {
  matrixEventId,
  networkId,
  portalId,
  remoteChatId,
  roomId,
  type MatrixUserId,
  type RemoteMessageId,
} from '../../src/core/ids.ts';
import type { Arrival, Groups, Handled, JoinedAs, OpenedArrival } from '../../src/core/network.ts';
import type { GroupPortal } from '../../src/core/portal.ts';
import { XmppScene } from './xmpp-scene.ts';
import { attribute, bodyOf, NS, type Stanza } from './xmpp-stanzas.ts';
import { XmppUser } from './xmpp-user.ts';

const muc = 'http://jabber.org/protocol/muc';
const mucUser = `${muc}#user`;
const mucAdmin = `${muc}#admin`;
const mucOwner = `${muc}#owner`;

/** Somebody at a client who is in a room. */
export class RoomGuest {
  readonly user: XmppUser;
  readonly room: string;
  readonly nick: string;

  private constructor(user: XmppUser, room: string, nick: string) {
    this.user = user;
    this.room = room;
    this.nick = nick;
  }

  /** Enters; makes the room and unlocks it where it is not there, with the settings that are given. */
  static async enter(
    user: XmppUser,
    room: string,
    nick: string,
    settings: Readonly<Record<string, string | readonly string[]>> = {},
  ): Promise<RoomGuest> {
    const history = xml('history', { maxstanzas: '0' });
    const before = user.stanzas.length;
    await user.send(xml('presence', { to: `${room}/${nick}` }, xml('x', { xmlns: muc }, history)));
    const entered = await user.waitFor(
      (stanza) =>
        user.stanzas.indexOf(stanza) >= before &&
        stanza.is('presence') &&
        attribute(stanza, 'from') === `${room}/${nick}` &&
        (attribute(stanza, 'type') === 'error' || codesOf(stanza).includes('110')),
    );
    assert.notEqual(attribute(entered, 'type'), 'error', entered.toString());
    const guest = new RoomGuest(user, room, nick);
    if (codesOf(entered).includes('201')) await guest.configure(settings);
    return guest;
  }

  async configure(settings: Readonly<Record<string, string | readonly string[]>>): Promise<void> {
    const field = (name: string, value: string | readonly string[]): Stanza =>
      xml('field', { var: name }, ...[value].flat().map((one) => xml('value', {}, one)));
    const form = xml(
      'x',
      { xmlns: NS.data, type: 'submit' },
      field('FORM_TYPE', `${muc}#roomconfig`),
      ...Object.entries(settings).map(([name, value]) => field(`muc#roomconfig_${name}`, value)),
    );
    await this.user.request('set', xml('query', { xmlns: mucOwner }, form), this.room);
  }

  async say(body: string, id = `m-${body}`, ...more: readonly Stanza[]): Promise<void> {
    const parts = [xml('body', {}, body), xml('origin-id', { xmlns: 'urn:xmpp:sid:0', id }), ...more];
    await this.user.send(xml('message', { type: 'groupchat', to: this.room, id }, ...parts));
  }

  async send(id: string, ...parts: readonly Stanza[]): Promise<void> {
    await this.user.send(xml('message', { type: 'groupchat', to: this.room, id }, ...parts));
  }

  /** The room's copy of what somebody said. */
  heard(body: string, timeoutMs = 10_000): Promise<Stanza> {
    return this.user.waitFor(
      (stanza) => attribute(stanza, 'from')?.startsWith(`${this.room}/`) === true && bodyOf(stanza) === body,
      timeoutMs,
      `"${body}" in ${this.room}`,
    );
  }

  admin(item: Readonly<Record<string, string>>, reason?: string): Promise<Stanza | undefined> {
    const reasons = reason === undefined ? [] : [xml('reason', {}, reason)];
    const query = xml('query', { xmlns: mucAdmin }, xml('item', { ...item }, ...reasons));
    return this.user.request('set', query, this.room);
  }

  /** Has the room take back a message of somebody else (XEP-0425). */
  async moderate(target: string, reason: string): Promise<void> {
    const retract = xml('retract', { xmlns: NS.retract0 });
    const moderate = xml('moderate', { xmlns: NS.moderate0 }, retract, xml('reason', {}, reason));
    await this.user.request('set', xml('apply-to', { xmlns: NS.fasten, id: target }, moderate), this.room);
  }

  async leave(): Promise<void> {
    await this.user.send(xml('presence', { to: `${this.room}/${this.nick}`, type: 'unavailable' }));
  }

  async rename(nick: string): Promise<void> {
    await this.user.send(xml('presence', { to: `${this.room}/${nick}` }));
  }
}

/** A scene for tests of rooms: Bob and Dave at their clients, the bridge, and as many rooms as are asked for. */
export class RoomStage implements AsyncDisposable {
  readonly scene: XmppScene;
  readonly bridge: RoomBridge;
  readonly dave: XmppUser;
  #rooms = 0;

  private constructor(scene: XmppScene, dave: XmppUser) {
    this.scene = scene;
    this.bridge = new RoomBridge(scene);
    this.dave = dave;
  }

  static async open(name: string): Promise<RoomStage> {
    const scene = await XmppScene.open(name);
    await scene.prosody.addUser('dave', 'secret');
    const { service, domain } = scene.prosody;
    const dave = await XmppUser.login({ service, domain, username: 'dave', password: 'secret' });
    return new RoomStage(scene, dave);
  }

  /** The address of a room that is not there yet. */
  readonly freshRoom = (): string => `room${(this.#rooms += 1)}@${this.scene.prosody.roomsDomain}`;

  /** Starts the network anew, with nobody in any room. */
  async ready(): Promise<void> {
    await this.scene.start();
    await this.scene.up();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dave.stop();
    await this.scene[Symbol.asyncDispose]();
  }
}

/** What the bridge does in rooms, as the core would have it done. */
export class RoomBridge {
  readonly scene: XmppScene;
  constructor(scene: XmppScene) {
    this.scene = scene;
  }

  get groups(): Groups {
    const { groups } = this.scene.network;
    assert.ok(groups);
    return groups;
  }

  async join(room: string, user: MatrixUserId, nick: string): Promise<JoinedAs> {
    const joined = await this.groups.join(remoteChatId(room), user, nick);
    assert.ok(joined.kind === 'joined', JSON.stringify(joined));
    return joined;
  }

  /** A user says something in a room. */
  say(room: string, user: MatrixUserId, plain: string, replyTo?: Target): Promise<Handled> {
    return this.handle(room, {
      ...envelope(user, plain),
      kind: 'message',
      content: { kind: 'text', style: 'normal', text: { plain, html: undefined } },
      mentions: noMentions,
      replyTo,
      thread: undefined,
    });
  }

  async handle(room: string, event: BridgeEvent): Promise<Handled> {
    const deliver = by(this.scene.network.handlers, portalOf(room), AbortSignal.timeout(25_000));
    return (await deliver(event)) ?? assert.fail(event.kind);
  }

  /** The first arrival that opens to an event which the predicate accepts. */
  async arrived<K extends BridgeEvent['kind']>(
    kind: K,
    matches: (event: EventOf<K>, arrival: Arrival) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<{ arrival: Arrival; event: EventOf<K> }> {
    const open = (arrival: Arrival): EventOf<K> | undefined => {
      const opened = this.open(arrival);
      return opened.kind === 'event' && isOf(opened.event, kind) && matches(opened.event, arrival)
        ? opened.event
        : undefined;
    };
    const arrival = await this.scene.sink.arrivals.waitFor(
      (found) => open(found) !== undefined,
      timeoutMs,
      `a ${kind}`,
    );
    return { arrival, event: open(arrival) ?? assert.fail() };
  }

  open(arrival: Arrival): OpenedArrival {
    return this.scene.network.open(arrival, `cause of ${arrival.outerId}`);
  }

  /** What people said, in the order in which it arrived; what arrived twice is there once. */
  texts(): readonly string[] {
    return this.messages().map(({ text }) => text);
  }

  messages(): readonly { readonly text: string; readonly arrival: Arrival }[] {
    const seen = new Set<string>();
    return this.scene.sink.arrivals.all.flatMap((arrival) => {
      const opened = this.open(arrival);
      if (seen.has(arrival.outerId)) return [];
      seen.add(arrival.outerId);
      return opened.kind === 'event' &&
        opened.event.kind === 'message' &&
        opened.event.content.kind === 'text'
        ? [{ text: opened.event.content.text.plain, arrival }]
        : [];
    });
  }

  /** Ends the network, and starts it again with what the core would remember of the rooms. */
  async restart(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const { joined, positions } = this.scene.sink;
    await this.scene.stop();
    await meanwhile();
    await this.scene.start({}, (sink) => {
      sink.joined = joined.map((group) => ({
        ...group,
        position: positions.get(group.chat) ?? group.position,
      }));
    });
    await this.scene.up();
  }

  /** What the core would remember of who is where. */
  remember(room: string, members: readonly (readonly [user: MatrixUserId, nick: string])[]): void {
    const { sink } = this.scene;
    const chat = remoteChatId(room);
    const others = sink.joined.filter((group) => group.chat !== chat);
    const group = { chat, members: members.map(([user, nick]) => ({ user, nick })), position: undefined };
    sink.joined = [...others, group];
  }
}

function isOf<K extends BridgeEvent['kind']>(event: { kind: string }, kind: K): event is EventOf<K> {
  return event.kind === kind;
}

export function portalOf(room: string): GroupPortal {
  return {
    kind: 'group',
    id: portalId(room),
    key: { network: networkId('xmpp'), chat: remoteChatId(room), receiver: undefined },
    room: roomId('!group:hs.test'),
  };
}

export function envelope(
  user: MatrixUserId,
  cause: string,
): Pick<BridgeEvent, 'cause' | 'name' | 'at'> & {
  readonly sender: { readonly in: 'matrix'; readonly userId: MatrixUserId };
} {
  return {
    cause,
    name: { in: 'matrix', eventId: matrixEventId(`$${cause}`) },
    sender: { in: 'matrix', userId: user },
    at: 0,
  };
}

/** What the core would record of something that a user said. */
export function targetOf(sent: Handled, user: MatrixUserId): Target {
  assert.ok(sent.kind === 'sent');
  const [first, ...others]: readonly RemoteMessageId[] = sent.messageIds;
  assert.ok(first !== undefined);
  return {
    eventIds: [matrixEventId('$x')],
    messageIds: [first, ...others],
    author: { in: 'matrix', userId: user },
  };
}

export function codesOf(stanza: Stanza): readonly string[] {
  const codes = stanza.getChild('x', mucUser)?.getChildren('status') ?? [];
  return codes.map((status) => attribute(status, 'code') ?? '');
}

/** Waits until something is so. */
export async function until(isSo: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!isSo()) {
    assert.ok(Date.now() < end, `${what}: not in ${timeoutMs} ms`);
    await sleep(20);
  }
}

/** The name that the room gave a message (XEP-0359). */
export function stanzaIdOf(stanza: Stanza, room: string): string {
  const given = stanza
    .getChildren('stanza-id', 'urn:xmpp:sid:0')
    .find((element) => attribute(element, 'by') === room);
  const id = given && attribute(given, 'id');
  assert.ok(id !== undefined, 'no stanza-id');
  return id;
}
