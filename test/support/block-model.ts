import fc from 'fast-check';
import type { Blocked, BlockOwner } from '../../src/core/block-store.ts';
import type { Contact } from '../../src/core/door.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId, type NetworkId } from '../../src/core/ids.ts';
import { storedName, type PersonName } from '../../src/core/persons.ts';

const [xmpp, whatsapp, own] = [networkId('xmpp'), networkId('whatsapp'), networkId('own')];
export const modelNetworks = [xmpp, whatsapp, own] as const;
/** The network that decides for itself whom an administrator's ban of a person shuts out. */
export const decidesItself = (network: NetworkId): boolean => network === own;
export const modelUsers = [matrixUserId('@alice:hs.test'), matrixUserId('@anna:hs.test')] as const;
export const admin = matrixUserId('@admin:hs.test');
export const group = remoteChatId('room@three.example');

const account = (network: NetworkId, name: string): PersonName => ({
  ...{ kind: 'account', network },
  remote: remoteUserId(name),
});
/** The names that people go by. The last account of each network is another spelling of the one before it. */
export const modelNames: readonly PersonName[] = [
  ...modelNetworks.flatMap((network) =>
    ['a@one.example', 'b@sub.one.example', 'c@bücher.example', 'c@xn--bcher-kva.example'].map((name) =>
      account(network, name),
    ),
  ),
  { kind: 'user', user: modelUsers[1] },
  { kind: 'user', user: matrixUserId('@bob:hs.test') },
  { kind: 'address', address: 'tel:+15550100' },
];
export function nameAt(index: number): PersonName {
  const name = modelNames[index];
  if (name === undefined) throw new Error(`no name ${index}`);
  return name;
}
export const spellings = (name: string): readonly string[] =>
  ['c@bücher.example', 'c@xn--bcher-kva.example'].filter((other) => other !== name && name.startsWith('c@'));
export const serverOf = (name: string): string =>
  name.slice(name.indexOf('@') + 1).replace('xn--bcher-kva', 'bücher');

/** What people, administrators and networks do, in any order. */
export type Step =
  | { readonly kind: 'block' | 'unblock'; readonly owner: BlockOwner; readonly name: number }
  /** An account was linked, renamed, or turned out to be of somebody who is known. */
  | { readonly kind: 'same'; readonly one: number; readonly other: number }
  | {
      readonly kind: 'ban' | 'unban';
      readonly what: Ban;
    }
  | { readonly kind: 'join' | 'leave'; readonly user: number }
  | { readonly kind: 'ignore' | 'unignore'; readonly user: number; readonly name: number }
  | { readonly kind: 'rules'; readonly rules: number }
  | { readonly kind: 'restart' | 'enable' | 'disable' };

const anyName = fc.nat(modelNames.length - 1);
const anyAccount = anyName.filter((index) => nameAt(index).kind === 'account');
const anyUser = fc.nat(modelUsers.length - 1);
const anyOwner = fc.constantFrom<BlockOwner>(...modelUsers, 'homeserver');
const anyBan = fc.oneof(
  fc.record({
    kind: fc.constant('server' as const),
    network: fc.constantFrom(...modelNetworks),
    domain: fc.constantFrom('one.example', 'bücher.example', 'three.example'),
    subdomains: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('network' as const), network: fc.constantFrom(...modelNetworks) }),
);
const weighted = <T extends string, U extends string>(often: T, seldom: U) =>
  fc.constantFrom<T | U>(often, often, seldom);
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: weighted('block', 'unblock'), owner: anyOwner, name: anyName }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('same' as const), one: anyName, other: anyName }) },
  { weight: 1, arbitrary: fc.record({ kind: weighted('ban', 'unban'), what: anyBan }) },
  { weight: 2, arbitrary: fc.record({ kind: weighted('join', 'leave'), user: anyUser }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: weighted('ignore', 'unignore'), user: anyUser, name: anyAccount }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rules' as const), rules: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'enable', 'disable') }) },
);

/** Who is shut out, told as simply as can be: everything is looked for anew each time. */
export class BlockModel {
  readonly #links: (readonly [number, number])[] = [];
  #blocks: { readonly owner: BlockOwner; readonly name: number }[] = [];
  readonly #bans = new Map<string, Ban>();
  readonly members = new Set<number>();
  readonly ignored = new Set<string>();
  enabled = true;

  take(step: Step): void {
    switch (step.kind) {
      case 'same':
        this.#links.push([step.one, step.other]);
        break;
      case 'block':
        this.#blocks.push(step);
        break;
      case 'unblock': {
        const whole = this.#person(step.name);
        this.#blocks = this.#blocks.filter(({ owner, name }) => owner !== step.owner || !whole.has(name));
        break;
      }
      case 'ban':
        if (!covers(this.#bans.get(keyOf(step.what)), step.what)) this.#bans.set(keyOf(step.what), step.what);
        break;
      case 'unban':
        this.#bans.delete(keyOf(step.what));
        break;
      case 'join':
        this.members.add(step.user);
        break;
      case 'leave':
        this.members.delete(step.user);
        break;
      case 'ignore':
        this.ignored.add(`${step.user} ${step.name}`);
        break;
      case 'unignore':
        this.ignored.delete(`${step.user} ${step.name}`);
        break;
      case 'enable':
      case 'disable':
        this.enabled = step.kind === 'enable';
        break;
      case 'rules':
      case 'restart':
        break;
    }
  }

  /** Whether nothing may pass between a user (or all of a group) and a person, because somebody has shut one of them out. */
  isShut(
    user: number | undefined,
    name: number,
    { network, chat, kind, what, unvouched, direction }: Contact,
  ): boolean {
    const servers = [
      chat,
      ...(kind === 'group' && user !== undefined && direction === 'to-network' ? [] : [remoteOf(name)]),
    ];
    if (servers.some((server) => this.#isBanned(network, serverOf(server)))) return true;
    if (this.#isOut(name, network)) return true;
    if (user === undefined)
      return this.members.size > 0 && [...this.members].every((member) => this.#has(owner(member), name));
    const self = modelNames.findIndex((one) => one.kind === 'user' && one.user === owner(user));
    if (self !== -1 && this.#isOut(self, network)) return true;
    if (this.#has(owner(user), name)) return true;
    if (direction === 'to-matrix' && this.ignored.has(`${user} ${name}`)) return true;
    const hasAny =
      this.#blocks.some((block) => block.owner === owner(user) || block.owner === 'homeserver') ||
      [...this.#bans.values()].some((ban) => ban.kind === 'server' && ban.network === network);
    return what === 'invitation' && unvouched === true && hasAny;
  }

  #has(who: BlockOwner, name: number): boolean {
    return this.#spelt(name).some((one) => {
      const whole = this.#person(one);
      return this.#blocks.some((block) => block.owner === who && whole.has(block.name));
    });
  }

  /** Whether an administrator has shut a person out on a network. */
  #isOut(name: number, network: NetworkId): boolean {
    return this.#spelt(name).some((one) => {
      const whole = this.#person(one);
      return this.#blocks.some((block) => {
        if (block.owner !== 'homeserver' || !whole.has(block.name)) return false;
        const made = nameAt(block.name);
        return !decidesItself(network) || (made.kind === 'account' && made.network === network);
      });
    });
  }

  #isBanned(network: NetworkId, server: string): boolean {
    return [...this.#bans.values()].some((ban) => {
      if (ban.network !== network) return false;
      if (ban.kind === 'network') return true;
      return server === ban.domain || (ban.subdomains && server.endsWith(`.${ban.domain}`));
    });
  }

  #spelt(index: number): readonly number[] {
    const name = nameAt(index);
    if (name.kind !== 'account') return [index];
    return modelNames.flatMap((other, at) => {
      const isIt =
        at === index || (isOn(other, name.network) && spellings(name.remote).includes(other.remote));
      return isIt ? [at] : [];
    });
  }

  #person(name: number): ReadonlySet<number> {
    const found = new Set([name]);
    for (let size = 0; size < found.size;) {
      size = found.size;
      for (const [one, other] of this.#links)
        if (found.has(one) || found.has(other)) found.add(one).add(other);
    }
    return found;
  }
}

function isOn(name: PersonName, network: NetworkId): name is Extract<PersonName, { kind: 'account' }> {
  return name.kind === 'account' && name.network === network;
}

function owner(user: number): BlockOwner {
  return modelUsers[user] ?? 'homeserver';
}

function remoteOf(name: number): string {
  return storedName(nameAt(name)).name;
}

type Ban = Exclude<Blocked, { readonly kind: 'person' }>;

/** Whether a ban that is there does all that another would. */
function covers(there: Ban | undefined, ban: Ban): boolean {
  if (there === undefined) return false;
  return there.kind !== 'server' || ban.kind !== 'server' || there.subdomains || !ban.subdomains;
}

function keyOf(ban: Ban): string {
  return ban.kind === 'network' ? ban.network : `${ban.network} ${ban.domain}`;
}
