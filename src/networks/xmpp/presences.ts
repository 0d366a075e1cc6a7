/**
 * Presence both ways: https://www.rfc-editor.org/rfc/rfc6121#section-4. Who is subscribed to a Matrix user is held in
 * memory: servers probe for their people's contacts at every login, so it fills again by itself after a restart.
 */
import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { BoundedMap } from '../../core/bounded-map.ts';
import type { PresenceEvent } from '../../core/event.ts';
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import type { EventSink, Health } from '../../core/network.ts';
import { signalCause } from '../../core/signals.ts';
import { task, type Log } from '../../core/task.ts';
import type { Address, AddressBook } from './ids.ts';
import { namespaces } from './people-namespaces.ts';
import type { Persons } from './persons.ts';
import { bestOf, presenceElements, resourceState, type State } from './presence-state.ts';
import { signalPrefix } from './signal-id.ts';
import { attribute, ownText } from './stanza.ts';

/** The resource under which Matrix users are available. */
export const resource = 'matrix';

export interface PresencesDeps {
  readonly addresses: AddressBook;
  readonly sink: Pick<EventSink, 'signal' | 'profileChanged' | 'givesPresence'>;
  readonly persons: Pick<Persons, 'update' | 'news'>;
  readonly post: (stanza: Element) => void;
  /** The part of a presence that tells what the user's address can do. */
  readonly caps: () => Element;
  /** Whether people whom Matrix users talk to are asked for their presence. */
  readonly subscribe: boolean;
  readonly log: Log;
  readonly now: () => number;
}

const mostPairs = 20_000;
const mostPeople = 10_000;
const mostResources = 16;

/** Of whom nothing was told yet; of who tells nobody. */
const atFirst: State = { presence: 'online', status: undefined };
const away: State = { presence: 'offline', status: undefined };

interface Pair {
  readonly user: MatrixUserId;
  readonly remote: RemoteUserId;
}

export class Presences {
  readonly #deps: PresencesDeps;
  /** Who follows whom of the Matrix users. */
  readonly #followers = new BoundedMap<string, Pair>(mostPairs);
  /** What each person was last told of a user, follower or not. */
  readonly #told = new BoundedMap<string, State>(mostPairs);
  /** Whom Matrix users talk to: asked once while the bridge runs. */
  readonly #met = new BoundedMap<string, true>(mostPairs);
  /** The clients of people that are there. */
  readonly #people = new BoundedMap<RemoteUserId, Map<string, State>>(mostPeople);
  /** The picture that each person's presence names. */
  readonly #photos = new BoundedMap<RemoteUserId, string>(mostPeople);
  /** A user who may ask a person's server more than strangers may. */
  readonly #friends = new BoundedMap<RemoteUserId, MatrixUserId>(mostPeople);

  constructor(deps: PresencesDeps) {
    this.#deps = deps;
  }

  /** The address as which to ask for a person's profile: that of a user who sees their presence, where one does. */
  askerFor(remote: RemoteUserId): string | undefined {
    const friend = this.#friends.get(remote);
    return friend === undefined ? undefined : this.#deps.addresses.addressOf(friend);
  }

  /** A person follows a user from now on, or asks how the user is: they are told. */
  follow(user: MatrixUserId, remote: RemoteUserId): void {
    this.#followers.set(keyOf(user, remote), { user, remote });
    this.#say({ user, remote });
    this.#tellNews({ user, remote });
  }

  unfollow(user: MatrixUserId, remote: RemoteUserId): void {
    this.#followers.delete(keyOf(user, remote));
  }

  /** How a user is, for one person; false where that person does not follow the user, or knows. */
  tell(user: MatrixUserId, remote: RemoteUserId, state: State): boolean {
    const key = keyOf(user, remote);
    const before = this.#told.get(key);
    this.#told.set(key, state);
    const isNew = before?.presence !== state.presence || before.status !== state.status;
    if (!this.#followers.has(key) || !isNew) return false;
    this.#say({ user, remote });
    return true;
  }

  /** A user's name or picture has changed, or whether they show that they are there: all who follow the user are told. */
  changed(user: MatrixUserId, known: readonly RemoteUserId[] = []): void {
    for (const remote of known) if (!this.#followers.has(keyOf(user, remote))) this.#hide({ user, remote });
    for (const [, pair] of this.#followers.entries()) {
      if (pair.user !== user) continue;
      this.#say(pair);
      this.#tellNews(pair);
    }
  }

  /**
   * A user talks to a person: how they are is asked for, and to be told from now on. A server answers for who has agreed
   * before; who was asked and has not answered, or has refused, is asked once more after each start of the bridge.
   */
  met(user: MatrixUserId, remote: RemoteUserId): void {
    const key = keyOf(user, remote);
    if (!this.#deps.subscribe || this.#met.has(key)) return;
    this.#met.set(key, true);
    this.#post(user, remote, 'probe');
    this.#post(user, remote, 'subscribe');
  }

  /**
   * A user cannot be reached any more: who followed them, and whom they followed (RFC 6121, 3.2 and 3.3), does so no
   * longer. People whom they talked to before the bridge last started are `known` from elsewhere.
   */
  forget(user: MatrixUserId, known: readonly RemoteUserId[]): void {
    const pairs = [...this.#followers.entries()].flatMap(([, pair]) =>
      pair.user === user ? [pair.remote] : [],
    );
    const friends = [...this.#friends.entries()].flatMap(([remote, by]) => (by === user ? [remote] : []));
    for (const remote of friends) this.#friends.delete(remote);
    const from = this.#deps.addresses.addressOf(user);
    for (const remote of new Set([...pairs, ...friends, ...known])) {
      for (const map of [this.#followers, this.#told, this.#met]) map.delete(keyOf(user, remote));
      this.#deps.post(xml('presence', { from: `${from}/${resource}`, to: remote, type: 'unavailable' }));
      this.#post(user, remote, 'unsubscribed');
      this.#post(user, remote, 'unsubscribe');
    }
  }

  /** The link is down: nobody is known to be there any more. */
  lost(): void {
    for (const [remote] of [...this.#people.entries()]) {
      this.#people.delete(remote);
      const user = this.#friends.get(remote);
      if (user !== undefined) this.#signal(remote, user, { presence: 'offline', status: undefined });
    }
  }

  /** The link is up again, or down: people are asked anew, or counted as away. */
  linkChanged({ kind }: Health): void {
    if (kind === 'up') this.found();
    else if (kind === 'down') this.lost();
  }

  /** The link is there again: those whose presence may be seen are asked how they are. */
  found(): void {
    for (const [remote, user] of [...this.#friends.entries()]) this.#post(user, remote, 'probe');
  }

  /** The person, or their server, lets a user see their presence, or does not. */
  answered(user: MatrixUserId, remote: RemoteUserId, may: boolean): void {
    if (may) {
      this.#friends.set(remote, user);
      // Who shows themselves is shown the user too; their server tells news of them only to who is present.
      this.follow(user, remote);
      // What only friends may see may be other than what strangers were shown.
      this.#deps.sink.profileChanged(remote);
    } else if (this.#friends.get(remote) === user) this.#friends.delete(remote);
  }

  /** Takes the presence of one client of a person, sent to a user who follows them or directed at one. */
  take(stanza: Element, from: Address, user: MatrixUserId): void {
    const state = resourceState(
      attribute(stanza, 'type'),
      ownText(stanza, 'show'),
      ownText(stanza, 'status'),
    );
    if (state === undefined) return;
    if (state.presence !== 'offline') {
      this.#friends.set(from.bare, user);
      this.#photo(stanza, from.bare);
    }
    this.#signal(from.bare, user, this.#all(from, state));
  }

  #signal(remote: RemoteUserId, receiver: MatrixUserId, state: State): void {
    const event: PresenceEvent = {
      ...{ kind: 'presence', cause: signalCause(), name: undefined, at: this.#deps.now() },
      sender: { in: 'remote', userId: remote },
      ...state,
    };
    this.#deps.sink.signal({ chat: undefined, receiver, event });
  }

  /** How a person is, by all their clients. */
  #all(from: Address, state: State): State {
    const clients = this.#people.get(from.bare) ?? new Map<string, State>();
    if (state.presence === 'offline') {
      if (from.full === from.bare) clients.clear();
      else clients.delete(from.full);
    } else if (clients.has(from.full) || clients.size < mostResources) clients.set(from.full, state);
    if (clients.size === 0) this.#people.delete(from.bare);
    else this.#people.set(from.bare, clients);
    return bestOf([...clients.values()]) ?? state;
  }

  #photo(stanza: Element, remote: RemoteUserId): void {
    // An empty element says that the client does not know yet (XEP-0153, 4.1).
    const photo = stanza.getChild('x', namespaces.vcardUpdate)?.getChildText('photo')?.trim().slice(0, 64);
    if (photo === undefined || photo === this.#photos.get(remote)) return;
    this.#photos.set(remote, photo);
    this.#deps.sink.profileChanged(remote);
  }

  /** Sends what is true when it is sent, so that two that overlap end in the newer. */
  #say({ user, remote }: Pair): void {
    void task(this.#deps.log, 'xmpp-presence', async () => {
      const update = await this.#deps.persons.update(user);
      const shows = (await this.#deps.sink.givesPresence?.(user)) ?? true;
      const state = shows ? (this.#told.get(keyOf(user, remote)) ?? atFirst) : away;
      const from = `${this.#deps.addresses.addressOf(user)}/${resource}`;
      const { type, children } = presenceElements(state);
      const extra = type === undefined ? [update, this.#deps.caps()] : [];
      this.#deps.post(
        xml('presence', { from, to: remote, ...(type === undefined ? {} : { type }) }, ...children, ...extra),
      );
    });
  }

  /** Who followed a user before the bridge last started is told, too, that they show themselves to nobody any more. */
  #hide({ user, remote }: Pair): void {
    void task(this.#deps.log, 'xmpp-hide', async () => {
      if ((await this.#deps.sink.givesPresence?.(user)) ?? true) return;
      const from = `${this.#deps.addresses.addressOf(user)}/${resource}`;
      this.#deps.post(xml('presence', { from, to: remote, type: 'unavailable' }));
    });
  }

  #tellNews({ user, remote }: Pair): void {
    void task(this.#deps.log, 'xmpp-news', async () => {
      const from = this.#deps.addresses.addressOf(user);
      for (const [node, item] of await this.#deps.persons.news(user)) {
        const event = xml('event', namespaces.pubsubEvent, xml('items', { node }, item));
        this.#deps.post(
          xml('message', { type: 'headline', from, to: remote, id: `${signalPrefix}${randomUUID()}` }, event),
        );
      }
    });
  }

  #post(user: MatrixUserId, remote: RemoteUserId, type: string): void {
    this.#deps.post(xml('presence', { from: this.#deps.addresses.addressOf(user), to: remote, type }));
  }
}

function keyOf(user: MatrixUserId, remote: RemoteUserId): string {
  return `${user} ${remote}`;
}
