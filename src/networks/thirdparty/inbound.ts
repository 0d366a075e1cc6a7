/** What providers' users do, towards homeserver users: kept before it is acknowledged, answered with what may be known. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { EventSink } from '../../core/network.ts';
import { parseMatrixUserId, type MatrixUserId, type RemoteMessageId } from '../../core/ids.ts';
import type { Log } from '../../core/task.ts';
import { Turns } from '../../core/turns.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { parseMessageId } from '../../interop/message/message-id.ts';
import type { SaidFiles } from '../../interop/message/said-files.ts';
import type { Address } from '../../interop/node/address.ts';
import { ownIntegrator } from '../../interop/profile/host-profile.ts';
import { refusals } from '../../interop/profile/session-profile.ts';
import type { Reachability, Wanted } from '../../interop/stanza/interop-asking.ts';
import type { KeyBundle } from '../../interop/stanza/keys.ts';
import type { MessageStanza } from '../../interop/stanza/message.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { Counts } from './counts.ts';
import type { End, Ends } from './ends.ts';
import type { Account, HostListener } from './host.ts';
import { addressOf, chatOf, pairOf, residentAddress, residentIn, userOf } from './ids.ts';
import { renderKept } from './kept-form.ts';
import type { Outbox } from './outbox.ts';
import type { Passing } from './passing.ts';
import type { Receipts } from './receipts.ts';
import type { Resident, Residents } from './residents.ts';
import type { Unread } from './unread.ts';

export interface InboundDeps {
  readonly sink: Pick<EventSink, 'receive' | 'reachable' | 'profileChanged'>;
  readonly residents: Residents;
  readonly ends: Ends;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly passing: Passing;
  readonly acquaintance: Acquaintance;
  readonly unread: Unread;
  readonly saidFiles: SaidFiles;
  readonly counts: Counts;
  readonly homeserver: string;
  readonly log: Log;
  readonly now: () => number;
  /** An account came, came again with other keys, or is gone. */
  readonly enlisted: HostListener['enlisted'];
  readonly gone: HostListener['gone'];
}

const mostNames = 20_000;

type Acknowledged = Awaited<ReturnType<HostListener['message']>>;

export class Inbound implements HostListener {
  readonly enlisted: HostListener['enlisted'];
  readonly gone: HostListener['gone'];
  readonly #deps: InboundDeps;
  readonly #turns = new Turns();
  readonly #names = new BoundedMap<string, string>(mostNames);

  constructor(deps: InboundDeps) {
    this.#deps = deps;
    this.enlisted = deps.enlisted;
    this.gone = deps.gone;
  }

  async message(from: Account, stanza: MessageStanza): Promise<Acknowledged> {
    const { counts } = this.#deps;
    const resident = await this.#receiver(stanza.to);
    if (resident === undefined) {
      counts.count('no-receiver');
      return { error: refusals.notFound };
    }
    const name = parseMessageId(stanza.id);
    if (name === undefined) {
      counts.count('nameless');
      return { error: refusals.badRequest };
    }
    const { login } = from;
    this.#named(login, stanza.notify);
    return this.#turns.alone(`${userOf(login)} ${resident.id}`, () =>
      this.#take(login, resident, name, stanza),
    );
  }

  /** A ghost follows the name that its person goes by. */
  #named(login: Login, name: string | undefined): void {
    const user = userOf(login);
    if (name === undefined || this.#names.get(user) === name) return;
    this.#names.set(user, name);
    this.#deps.sink.profileChanged(user);
  }

  async receipt(from: Account, stanza: Parameters<HostListener['receipt']>[1]): Promise<void> {
    const resident = await this.#receiver(stanza.to);
    if (resident === undefined) this.#deps.counts.count('no-receiver');
    else await this.#deps.receipts.take(from.login, await this.#deps.ends.of(resident), stanza);
  }

  signal(from: Account, stanza: Parameters<HostListener['signal']>[1]): void {
    this.#deps.passing.take(from.login, stanza, () => this.#receiver(stanza.to));
  }

  async lookUp(_from: Account, { externalId, integrator }: Wanted): Promise<Address | undefined> {
    const user =
      integrator === ownIntegrator.number ? userNamed(externalId, this.#deps.homeserver) : undefined;
    if (user === undefined) return undefined;
    switch (await this.#deps.sink.reachable(user)) {
      case 'yes':
        return residentAddress((await this.#deps.residents.of(user)).id);
      case 'unsure': {
        const known = await this.#deps.residents.find(user);
        return known && residentAddress(known.id);
      }
      case 'no-such-user':
      case 'not-permitted':
        return undefined;
    }
  }

  async keysOf(_from: Account, who: Address): Promise<KeyBundle | undefined> {
    const resident = await this.#receiver(who);
    if (resident === undefined) return undefined;
    const keys = await this.#deps.ends.keysFor(resident);
    return 'kind' in keys ? undefined : keys;
  }

  async block(from: Account, who: Address, blocked: boolean): Promise<void> {
    const { acquaintance, counts, residents } = this.#deps;
    const id = residentIn(who);
    // Who is not there cannot write either; and what is not kept tells nobody who is there.
    const resident = id === undefined ? undefined : await residents.withId(id);
    if (resident === undefined) return;
    const done = await acquaintance.block(userOf(from.login), resident.id, blocked);
    if (done === 'too-many') counts.count('too-many-blocked');
  }

  async blocked(from: Account): Promise<readonly Address[]> {
    return (await this.#deps.acquaintance.blockedBy(userOf(from.login))).map(residentAddress);
  }

  async reachability(from: Account, set: Reachability | undefined): Promise<Reachability> {
    const { acquaintance } = this.#deps;
    const person = userOf(from.login);
    if (set !== undefined) await acquaintance.setReachability(person, set);
    return acquaintance.reachability(person);
  }

  /** The homeserver user at an address, where they may be reached; who may not looks like who is not there. */
  async #receiver(address: Address | undefined): Promise<Resident | undefined> {
    const id = residentIn(address);
    const resident = id === undefined ? undefined : await this.#deps.residents.withId(id);
    if (resident === undefined) return undefined;
    const reachable = await this.#deps.sink.reachable(resident.user);
    return reachable === 'yes' || reachable === 'unsure' ? resident : undefined;
  }

  /** Opened, kept, and only then released and told to be there. A repeat of any of it does nothing twice. */
  async #take(
    from: Login,
    resident: Resident,
    name: RemoteMessageId,
    stanza: MessageStanza,
  ): Promise<Acknowledged> {
    const { ends, counts, outbox } = this.#deps;
    const end = await ends.of(resident);
    const opened = await end.talk.open({ ...stanza, from: addressOf(from), participant: undefined });
    switch (opened.kind) {
      case 'opened': {
        const at = stanza.time === undefined ? this.#deps.now() : stanza.time * 1000;
        await outbox.tellIdentity(end, from, { name, at, identity: opened.identity });
        await this.#keep(from, end, { name, at, notify: stanza.notify, padded: opened.padded });
        // Whatever of the two is lost to a crash is made up for when the message comes again.
        await Promise.all([end.talk.released(addressOf(from), name), this.#isHere(from, end, name)]);
        return {};
      }
      case 'known':
        await this.#isHere(from, end, name);
        return {};
      case 'ask':
        counts.count('asked-again');
        await outbox.postNow(from, outbox.receipt(end, from, name, opened.receipt));
        return {};
      case 'closed':
        counts.count('closed');
        return { error: refusals.notAcceptable };
    }
  }

  async #keep(
    from: Login,
    end: End,
    message: { name: RemoteMessageId; at: number; notify: string | undefined; padded: Uint8Array },
  ): Promise<void> {
    const { sink, acquaintance, unread, saidFiles } = this.#deps;
    const { name, at, notify, padded } = message;
    const sender = userOf(from);
    await acquaintance.meet(sender, end.id);
    const before = await saidFiles.take({ owner: pairOf(sender, end.id), id: name, padded });
    await sink.receive({
      outerId: `message ${sender} ${end.id} ${name}`,
      ...{ chat: chatOf(sender), sender, receiver: end.user, at },
      raw: renderKept({ kind: 'message', id: name, resident: end.id, padded, before, notify }),
    });
    unread.add(sender, end.id, name);
  }

  /** Tells the sender that it arrived. */
  async #isHere(to: Login, end: End, name: RemoteMessageId): Promise<void> {
    const { outbox } = this.#deps;
    await outbox.post(to, outbox.receipt(end, to, name, { kind: 'delivered', more: [] }));
  }
}

/** A Matrix ID, or the localpart of a user of this homeserver, with or without the sign before it. */
function userNamed(text: string, homeserver: string): MatrixUserId | undefined {
  const named = text.trim();
  const bare = named.startsWith('@') ? named.slice(1) : named;
  return parseMatrixUserId(bare.includes(':') ? `@${bare}` : `@${bare.toLowerCase()}:${homeserver}`);
}
