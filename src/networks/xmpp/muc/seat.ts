/** One occupant of a room that is ours: https://xmpp.org/extensions/xep-0045.html#enter, https://xmpp.org/extensions/xep-0410.html */
import xml, { type Element } from '@xmpp/xml';
import type { Role } from '../../../core/event.ts';
import type { MatrixUserId } from '../../../core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { scrubbed } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import { nextNick } from './occupant-names.ts';
import type { RoomPresence } from './room-presence.ts';

/** What the room is to send of what was said before. */
export type History = { readonly kind: 'none' } | { readonly kind: 'since'; readonly at: number };

export interface Entered {
  readonly kind: 'entered';
  /** The room did not exist before, and is locked until its owner has configured it. */
  readonly created: boolean;
  readonly owner: boolean;
}

export interface SeatDeps {
  readonly room: string;
  readonly link: Link;
  readonly patienceMs: number;
}

/** Who sits on it: a Matrix user, or nobody: then it is the bridge that listens. */
export interface SeatOwner {
  readonly user: MatrixUserId | undefined;
  /** The full address. */
  readonly address: string;
  readonly wanted: string;
  /** A nickname of plain letters, where the wanted one is not allowed. */
  readonly fallback: string;
}

export class Seat {
  readonly owner: SeatOwner;
  /** What it may do in the room, as far as that has been told. */
  role: Role | undefined;
  /** What the room asks of whoever enters (XEP-0045, 7.2.5). */
  password: string | undefined;
  readonly #deps: SeatDeps;
  #nick: string;
  #state: 'out' | 'entering' | 'in' = 'out';
  #wasIn = false;
  #answered: ((presence: RoomPresence | 'late') => void) | undefined;

  constructor(deps: SeatDeps, owner: SeatOwner) {
    this.#deps = deps;
    this.owner = owner;
    this.#nick = owner.wanted;
  }

  get state(): 'out' | 'entering' | 'in' {
    return this.#state;
  }

  /** Whether it was in when the link broke. */
  get wasIn(): boolean {
    return this.#wasIn;
  }

  /** The nickname that it has, or had, or asks for. */
  get nick(): string {
    return this.#nick;
  }

  /** Enters under the nickname that it had, or the next that is free and allowed. Where it is in already, once more. */
  async enter(history: History): Promise<Entered | Failed> {
    const { wanted, fallback } = this.owner;
    this.#state = 'entering';
    for (let tried = 0, nick: string | undefined = this.#nick; nick !== undefined; tried += 1) {
      const answer = await this.#ask(nick, history);
      if (answer === 'late') return this.#failed(failedForNow('timeout'));
      if (answer.type === 'available') {
        this.#nick = answer.nick;
        this.#state = 'in';
        this.#wasIn = true;
        return { kind: 'entered', created: answer.codes.has(201), owner: answer.role === 'owner' };
      }
      const conflict = answer.condition === 'conflict';
      const badNick = answer.condition === 'jid-malformed' || answer.condition === 'not-acceptable';
      if (!conflict && !badNick) return this.#failed(refusalOf(answer.condition));
      nick = nextNick(badNick || tried < 2 ? wanted : fallback, fallback, tried, conflict);
    }
    return this.#failed(failedForGood('network-refused', new Error('no nickname is free')));
  }

  /**
   * Asks for another nickname, while it is in (XEP-0045, 7.6). Answers the one that it has then: as before where the room
   * does not give it; `late` where it does not answer.
   */
  async rename(wanted: string): Promise<'late' | 'asked'> {
    if (wanted === this.#nick) return 'asked';
    const answered = this.#wait((presence) => presence.type === 'error' || presence.nick === wanted);
    this.#post(wanted, {});
    const answer = await answered;
    if (answer === 'late') return 'late';
    if (answer.type === 'available') this.#nick = answer.nick;
    return 'asked';
  }

  /** Presence for this seat about itself. Answers how it went out, where it did. */
  take(presence: RoomPresence): 'went-out' | 'renamed' | 'noted' {
    if (presence.type === 'unavailable') {
      if (presence.codes.has(303)) {
        this.#nick = presence.newNick ?? this.#nick;
        return 'renamed';
      }
      if (this.#state !== 'in') return 'noted';
      this.#state = 'out';
      this.#wasIn = false;
      return 'went-out';
    }
    if (this.#answered !== undefined) this.#answered(presence);
    else if (presence.type === 'available' && this.#state === 'in') this.#nick = presence.nick;
    return 'noted';
  }

  /** Leaves, where it is in. The room is not asked whether it noticed. */
  leave(): void {
    this.#answered?.('late');
    if (this.#state !== 'out') this.#post(this.#nick, { type: 'unavailable' });
    this.#state = 'out';
  }

  /** The link is gone, or the room does not know it any more. */
  lost(reason: 'link' | 'room'): void {
    this.#state = 'out';
    if (reason === 'room') this.#wasIn = false;
    this.#answered?.('late');
  }

  /** The seat is known to be taken, though this process did not enter: a room outlives a break of the link. */
  resumed(): void {
    this.#state = 'in';
  }

  /** Asks whether it is still in (XEP-0410). */
  async ping(): Promise<'in' | 'out' | 'unsure'> {
    const { room, link, patienceMs } = this.#deps;
    const to = `${room}/${this.#nick}`;
    const child = xml('ping', namespaces.ping);
    const answer = await link.ask({ type: 'get', from: this.owner.address, to, child }, patienceMs);
    if (answer.kind === 'result') return 'in';
    if (answer.kind === 'no-answer') return 'unsure';
    if (['service-unavailable', 'feature-not-implemented'].includes(answer.condition)) return 'in';
    return ['remote-server-not-found', 'remote-server-timeout'].includes(answer.condition) ? 'unsure' : 'out';
  }

  #failed(failed: Failed): Failed {
    this.#state = 'out';
    return failed;
  }

  #ask(nick: string, history: History): Promise<RoomPresence | 'late'> {
    const answered = this.#wait(() => true);
    const past =
      history.kind === 'none' ? { maxstanzas: '0' } : { since: new Date(history.at).toISOString() };
    const { password } = this;
    const secret = password === undefined ? [] : [xml('password', {}, password)];
    this.#post(nick, {}, xml('x', namespaces.muc, xml('history', past), ...secret));
    return answered;
  }

  /** The next presence about itself that is an answer. */
  #wait(isAnswer: (presence: RoomPresence) => boolean): Promise<RoomPresence | 'late'> {
    const { promise, resolve } = Promise.withResolvers<RoomPresence | 'late'>();
    const settle = (answer: RoomPresence | 'late'): void => {
      if (answer !== 'late' && !isAnswer(answer)) return;
      clearTimeout(timer);
      if (this.#answered === settle) this.#answered = undefined;
      resolve(answer);
    };
    const timer = setTimeout(() => settle('late'), this.#deps.patienceMs);
    this.#answered?.('late');
    this.#answered = settle;
    return promise;
  }

  #post(nick: string, attributes: Record<string, string>, ...children: readonly Element[]): void {
    const { room, link } = this.#deps;
    const to = `${room}/${nick}`;
    link.post(scrubbed(xml('presence', { from: this.owner.address, to, ...attributes }, ...children)));
  }
}

/** XEP-0045, 7.2: why somebody may not enter. */
function refusalOf(condition: string | undefined): Failed {
  const cause = new Error(condition);
  switch (condition) {
    case 'not-authorized':
      return failedForGood('wrong-password', cause);
    case 'forbidden':
    case 'registration-required':
    case 'not-allowed':
      return failedForGood('forbidden', cause);
    case 'item-not-found':
    case 'gone':
      return failedForGood('no-such-group', cause);
    case 'service-unavailable':
    case 'resource-constraint':
      return failedForNow('network-refused', cause, 60_000);
    case 'remote-server-not-found':
    case 'remote-server-timeout':
      return failedForNow('unreachable', cause);
    default:
      return failedForGood('network-refused', cause);
  }
}
