/** Who set what a door decided by, when and why, and how it is changed: as far as whoever asks may know. */
import type { Block } from './block-store.ts';
import type { Blocks } from './blocks.ts';
import type { Contact } from './door.ts';
import type { DoorRule, PlainDoorRule } from './door-rules.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import { userRealm } from './persons.ts';
import type { ListName, ListRule } from './policy-list.ts';
import type { PolicyListBook } from './policy-list-book.ts';
import type { Standing } from './reach.ts';
import type { MessageRequest, RequestKey } from './request.ts';
import type { Strict } from './strict.ts';

/** Between whom it was decided, as far as that is known. */
export type DoorSides = Pick<Contact, 'network' | 'chat' | 'kind' | 'user' | 'remote'>;

/** Whose decision it was. */
export type SetBy =
  | { readonly kind: 'user'; readonly user: MatrixUserId }
  /** One of the administrators; who, is not for users to know. */
  | { readonly kind: 'administrators' }
  | { readonly kind: 'config' }
  | {
      readonly kind: 'list';
      readonly list: ListName;
      readonly key: string;
      readonly sender: MatrixUserId;
      readonly entity: string;
    }
  /** Nobody chose it: it is so unless somebody says otherwise. */
  | { readonly kind: 'default' }
  | { readonly kind: 'network'; readonly network: NetworkId };

export interface DoorExplained {
  /** What decided; `banned` is all that users are told of what administrators have set. */
  readonly what: DoorRule['kind'] | 'banned';
  /** The network or the list that it is about, where it is about one. */
  readonly subject: string | undefined;
  /** Undefined where it is not known any more. */
  readonly set: SetBy | undefined;
  /** Milliseconds since the epoch, where that is known. */
  readonly at: number | undefined;
  readonly reason: string | undefined;
  /** Whether it is still so; undefined where that cannot be said. */
  readonly holds: boolean | undefined;
  /** What changes it, to be typed by `changedBy`; undefined where no command does. */
  readonly command: string | undefined;
  readonly changedBy: 'user' | 'administrators' | 'nobody';
}

export interface DoorFacts {
  readonly blocks: Pick<Blocks, 'between'>;
  readonly lists: Pick<PolicyListBook, 'find' | 'list'>;
  readonly standing: (user: MatrixUserId, network: NetworkId) => Promise<Standing>;
  /** When a user last said whether they want to be reached on a network. */
  readonly choseReach: (user: MatrixUserId, network: NetworkId) => Promise<number | undefined>;
  readonly strict: (user: MatrixUserId) => Promise<Strict>;
  readonly choseStrict: (user: MatrixUserId) => Promise<number | undefined>;
  readonly request: (key: RequestKey) => Promise<MessageRequest | undefined>;
  /** The network of that name, where there is one. */
  readonly network: (name: string) => NetworkId | undefined;
}

/** Who asks, as in `rules/desks.ts`. */
type Asker = { readonly kind: 'user'; readonly user: MatrixUserId } | { readonly kind: 'admin' };
type Found = Partial<Omit<DoorExplained, 'what'>>;
type Explain<R extends DoorRule = DoorRule> = (
  facts: DoorFacts,
  rule: R,
  sides: DoorSides | undefined,
) => Promise<Found>;

/** Everything that a door can name, each with where it is looked up. */
const table: Readonly<Record<PlainDoorRule, Explain<{ readonly kind: PlainDoorRule }>>> & {
  readonly [K in Exclude<DoorRule['kind'], PlainDoorRule>]: Explain<Extract<DoorRule, { readonly kind: K }>>;
} = {
  'not-enabled': notEnabled,
  'blocked-by-user': (facts, _rule, sides) => blocked(facts, sides, 'user'),
  'ignored-by-user': async (_facts, _rule, sides) => ({ ...byUser(sides), command: undefined }),
  'banned-person': (facts, _rule, sides) => blocked(facts, sides, 'person'),
  'banned-server': (facts, _rule, sides) => blocked(facts, sides, 'server'),
  'banned-network': (facts, _rule, sides) => blocked(facts, sides, 'network'),
  'unvouched-inviter': async () => ({ set: { kind: 'config' }, changedBy: 'administrators' }),
  'policy-list': listed,
  'strict-stranger': strict,
  'strict-signals': strict,
  'strict-encryption': strict,
  'strict-content': strict,
  'strict-call': strict,
  'strict-identity': unconfirmed,
  request: (facts, _rule, sides) => requested(facts, sides, ['open']),
  declined: (facts, _rule, sides) => requested(facts, sides, ['declined']),
  blocked: (facts, _rule, sides) => requested(facts, sides, ['blocked']),
  'request-expired': (facts, _rule, sides) => requested(facts, sides, ['expired']),
  'request-limit': async () => ({ set: { kind: 'config' }, changedBy: 'administrators' }),
  unanswered: async (_facts, _rule, sides) =>
    sides === undefined ? {} : { set: { kind: 'network', network: sides.network } },
};

/** What administrators have set: of it, users are told no more than that. */
const ofAdministrators: ReadonlySet<DoorRule['kind']> = new Set<DoorRule['kind']>([
  ...(['banned-person', 'banned-server', 'banned-network', 'policy-list'] as const),
]);
/** What a user has set for themselves, with a reason that is nobody else's. */
const ofUsers: ReadonlySet<DoorRule['kind']> = new Set<DoorRule['kind']>([
  'blocked-by-user',
  'ignored-by-user',
]);

/** Looks up what a door has named. Has no effect on anything. */
export async function explainDoor(
  facts: DoorFacts,
  rule: DoorRule,
  sides: DoorSides | undefined,
  asker: Asker,
): Promise<DoorExplained> {
  const found = await lookUp(facts, rule, sides);
  const whole: DoorExplained = {
    ...{ set: undefined, at: undefined, reason: undefined, holds: undefined, command: undefined },
    ...{ changedBy: 'nobody', subject: undefined },
    ...found,
    what: rule.kind,
  };
  if (asker.kind === 'user' && ofAdministrators.has(rule.kind))
    return {
      ...{ what: 'banned', set: { kind: 'administrators' }, at: undefined, reason: undefined },
      ...{ holds: whole.holds, command: undefined, changedBy: 'administrators', subject: undefined },
    };
  if (asker.kind === 'admin' && ofUsers.has(rule.kind)) return { ...whole, reason: undefined };
  return whole;
}

function lookUp(facts: DoorFacts, rule: DoorRule, sides: DoorSides | undefined): Promise<Found> {
  switch (rule.kind) {
    case 'not-enabled':
      return table['not-enabled'](facts, rule, sides);
    case 'policy-list':
      return table['policy-list'](facts, rule, sides);
    default:
      return table[rule.kind](facts, rule, sides);
  }
}

async function notEnabled(
  facts: DoorFacts,
  { network: subject }: { readonly network: string },
  sides: DoorSides | undefined,
): Promise<Found> {
  return { subject, ...(await standingOn(facts, subject, sides)) };
}

async function standingOn(facts: DoorFacts, name: string, sides: DoorSides | undefined): Promise<Found> {
  const network = facts.network(name);
  const user = sides?.user;
  if (network === undefined || user === undefined) return { changedBy: 'user', command: `enable ${name}` };
  const standing = await facts.standing(user, network);
  switch (standing.kind) {
    case 'on':
      return { set: { kind: 'user', user }, at: standing.since, holds: false };
    case 'ineligible':
      return { set: { kind: 'config' }, holds: true, changedBy: 'administrators' };
    case 'off': {
      const at = await facts.choseReach(user, network);
      const set: SetBy = at === undefined ? { kind: 'default' } : { kind: 'user', user };
      return { set, at, holds: true, changedBy: 'user', command: `enable ${name}` };
    }
  }
}

async function blocked(
  { blocks }: DoorFacts,
  sides: DoorSides | undefined,
  what: Parameters<Blocks['between']>[1],
): Promise<Found> {
  if (sides === undefined) return { changedBy: what === 'user' ? 'user' : 'administrators' };
  const found = await blocks.between(sides, what);
  if (found === undefined) return { ...changer(what), holds: false };
  const { author: user, at, reason } = found;
  return { ...changer(what), set: { kind: 'user', user }, at, reason, holds: true, command: endOf(found) };
}

function changer(what: Parameters<Blocks['between']>[1]): Pick<DoorExplained, 'changedBy'> {
  return { changedBy: what === 'user' ? 'user' : 'administrators' };
}

function endOf({ owner, blocked: { kind, ...named } }: Block): string {
  const end = owner === 'homeserver' ? `unban ${kind}` : 'unblock';
  if ('name' in named) {
    const { realm, name } = named.name;
    return `${end} ${realm === userRealm ? name : `${realm} ${name}`}`;
  }
  if (!('domain' in named)) return `${end} ${named.network}`;
  return `${end} ${named.network} ${named.subdomains ? '*.' : ''}${named.domain}`;
}

async function listed(
  { lists }: DoorFacts,
  { list, about, key }: Extract<DoorRule, { readonly kind: 'policy-list' }>,
): Promise<Found> {
  const rule = lists.find(list, about, key);
  const name = lists.list(list)?.name ?? list;
  if (rule === undefined) return { subject: name, holds: false, changedBy: 'administrators' };
  const { entity, sender, at, reason } = rule;
  const shown = entity.kind === 'named' ? entity.name : entity.sha256;
  return {
    subject: name,
    ...{ set: { kind: 'list', list: name, key, sender, entity: shown }, at, reason, holds: true },
    ...{ changedBy: 'administrators', command: allowing(rule) },
  };
}

/** What exempts from a rule; a name behind a hash is not known. */
function allowing({ kind, entity }: ListRule): string | undefined {
  return entity.kind === 'named' ? `policies allow ${kind} ${entity.name}` : undefined;
}

async function strict(facts: DoorFacts, _rule: DoorRule, sides: DoorSides | undefined): Promise<Found> {
  const user = sides?.user;
  if (user === undefined) return { changedBy: 'user', command: 'strict off' };
  const level = await facts.strict(user);
  const at = await facts.choseStrict(user);
  const set: SetBy = { kind: 'user', user };
  return { set, at, holds: level !== 'off', changedBy: 'user', command: 'strict off' };
}

async function unconfirmed(facts: DoorFacts, rule: DoorRule, sides: DoorSides | undefined): Promise<Found> {
  const found = await strict(facts, rule, sides);
  if (sides?.remote === undefined) return found;
  return { ...found, command: `confirm ${sides.network} ${sides.remote}` };
}

async function requested(
  facts: DoorFacts,
  sides: DoorSides | undefined,
  states: readonly MessageRequest['state'][],
): Promise<Found> {
  const key = sides && keyOf(sides);
  const found = key && (await facts.request(key));
  if (key === undefined || found === undefined) return { ...byUser(sides), holds: key && false };
  const { number, since: at, state } = found;
  return {
    ...byUser(sides),
    // Nobody chose that somebody is a stranger; that they are turned away, the user did.
    ...(state === 'open' || state === 'expired' ? { set: { kind: 'default' } as const } : {}),
    ...{ at, holds: states.includes(state) },
    command:
      state === 'open' ? `accept ${number}` : state === 'expired' ? undefined : `requests restore ${number}`,
  };
}

function keyOf({ network, chat, kind, user, remote }: DoorSides): RequestKey | undefined {
  return user === undefined || remote === undefined ? undefined : { network, user, remote, chat, kind };
}

function byUser(sides: DoorSides | undefined): Pick<Found, 'set' | 'changedBy'> {
  const user = sides?.user;
  return { ...(user && { set: { kind: 'user', user } as const }), changedBy: 'user' };
}
