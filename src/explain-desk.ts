/** Says why events ended as they did, and what holds between a user and a person. */
import {
  parseMatrixUserId,
  remoteUserId,
  type MatrixUserId,
  type NetworkId,
  type RemoteUserId,
} from './core/ids.ts';
import { explainDoor, type DoorFacts, type DoorSides } from './core/door-explained.ts';
import { doorRule, notEnabled } from './core/door-rules.ts';
import type { Door } from './core/door.ts';
import { mostLookedThrough, type KeptContent, type KeptEvents } from './core/kept-events.ts';
import { features, type RunningNetwork } from './core/network.ts';
import type { Blocked } from './core/outcome.ts';
import { arrivalFromNetwork, concerns } from './core/payload.ts';
import { portalKey } from './core/portal.ts';
import type { Direction } from './core/policy.ts';
import { directionOf } from './core/spine.ts';
import { requestRules } from './core/request-door.ts';
import type { EventRecord } from './core/stores.ts';
import { sidesOf } from './explain-doors.ts';
import type { GhostKey } from './matrix/ghost-id.ts';
import { reopen, type ReopeningDeps } from './reopening.ts';
import type {
  Asker,
  DecidedBy,
  Decider,
  ExplainDesk,
  ExplainedEvent,
  ExplainedPerson,
  Stopped,
} from './rules/desks.ts';
import { explain, type FeatureExplained } from './rules/explain.ts';
import type { RulesInForce } from './rules/in-force.ts';
import type { RulePolicy } from './rules/policy.ts';
import type { RuleStore } from './rules/rule-store.ts';
import type { Rulebook } from './rules/rulebook.ts';

const mostStopped = 5;
const patience = 10_000;

/** What is asked of a network. */
interface NamedNetwork extends Pick<RunningNetwork, 'id'> {
  readonly directory: Pick<RunningNetwork['directory'], 'chatWith'>;
}

export interface ExplainDeskDeps extends ReopeningDeps {
  readonly book: Pick<Rulebook, 'find'>;
  readonly store: Pick<RuleStore, 'audit'>;
  readonly inForce: Pick<RulesInForce, 'rules'>;
  readonly policy: Pick<RulePolicy, 'facts'>;
  readonly kept: KeptEvents;
  readonly networks: ReadonlyMap<NetworkId, NamedNetwork>;
  /** Who is behind a ghost's Matrix ID. */
  readonly ghost: (id: MatrixUserId) => GhostKey | undefined;
  /** What doors decide by; without it, what they have named cannot be explained. */
  readonly doors?: { readonly door: Door; readonly facts: DoorFacts };
  readonly regionOf?: (network: NetworkId, person: RemoteUserId) => string | undefined;
  /** Further regions of a Matrix user, beside what the rules say of them. */
  readonly regionsOf?: (user: MatrixUserId) => Promise<readonly string[]>;
  readonly now?: () => number;
}

export function explainDesk(deps: ExplainDeskDeps): ExplainDesk {
  return {
    event: async (id, asker) => {
      const kept = await deps.kept.get(id);
      return kept === undefined || !(await mayKnow(deps, kept, asker))
        ? undefined
        : explainEvent(deps, kept, asker);
    },
    person: async (which, user, asker) => {
      if (asker.kind === 'user' && asker.user !== user) return undefined;
      const found = whoIs(deps, which);
      return found && explainPerson(deps, found, user, asker);
    },
  };
}

async function explainEvent(deps: ExplainDeskDeps, kept: KeptContent, asker: Asker): Promise<ExplainedEvent> {
  const { record } = kept;
  const reopened = await reopen(deps, kept, AbortSignal.timeout(patience));
  const receiver = reopened?.portal.key.receiver;
  // For the facts of the event, which cannot wait.
  if (receiver !== undefined) await deps.regionsOf?.(receiver);
  const facts = reopened && deps.policy.facts(reopened.event, reopened.portal, reopened.direction);
  return {
    kind: 'event',
    id: record.outerId,
    record,
    decided: await decidedBy(deps, kept, asker),
    now: facts && explain(deps.inForce.rules, facts).features,
  };
}

async function decidedBy(
  deps: ExplainDeskDeps,
  kept: KeptContent,
  asker: Asker,
): Promise<readonly DecidedBy[]> {
  const { endedAt } = kept.record;
  const sides = await sidesOf(deps, kept);
  return Promise.all(
    namedBy(kept.record).map(async ({ rule, feature }) => ({
      decider: await deciderOf(deps, rule, { sides, asker, endedAt }),
      feature,
    })),
  );
}

/** What stopped or changed an event, or has it wait. */
function namedBy({ outcome, state }: EventRecord): readonly Pick<Blocked, 'rule' | 'feature'>[] {
  if (state === 'held') return [{ rule: requestRules.held }];
  if (outcome?.kind === 'blocked') return [outcome];
  return outcome?.kind === 'sent' ? (outcome.converted ?? []) : [];
}

/** A user's own are what they sent and what was for them; of a shared group, what they sent. */
async function mayKnow({ portals }: ExplainDeskDeps, kept: KeptContent, asker: Asker): Promise<boolean> {
  if (asker.kind === 'admin') return true;
  const { record, payload, portal: id } = kept;
  if (concerns({ source: record.source, outerId: record.outerId, payload }, asker.user) === 'own')
    return true;
  const portal = id === undefined ? undefined : await portals.byId(id);
  return portal?.key.receiver === asker.user;
}

/** Who or what has this name: a rule in force, one that was, or a door. */
async function deciderOf(
  deps: ExplainDeskDeps,
  name: string,
  { sides, asker, endedAt = Infinity }: Deciding,
): Promise<Decider> {
  const rule = deps.book.find(name);
  if (rule !== undefined) return { kind: 'rule', name, rule, since: (rule.at ?? 0) > endedAt };
  const named = doorRule(name);
  if (named !== undefined && deps.doors !== undefined) {
    const door = await explainDoor(deps.doors.facts, named, sides, asker);
    // Which list it was that bans somebody, and by which name, is not for users.
    return { kind: 'door', name: door.what === 'banned' ? door.what : name, door };
  }
  const { entries } = await deps.store.audit({ before: undefined, limit: 1, id: name });
  const [last] = entries;
  return last === undefined ? { kind: 'door', name } : { kind: 'past-rule', name, last };
}

/** Who asks, between whom it was decided, and when. */
interface Deciding {
  readonly sides: DoorSides | undefined;
  readonly asker: Asker;
  readonly endedAt?: number | undefined;
}

interface Person {
  readonly network: NamedNetwork;
  readonly person: RemoteUserId;
}

/** Without a network the only one that there is. */
function whoIs(
  { networks, ghost }: ExplainDeskDeps,
  { network, person }: { readonly network: string | undefined; readonly person: string },
): Person | undefined {
  const matrixId = parseMatrixUserId(person);
  const key = matrixId && ghost(matrixId);
  if (key !== undefined) {
    const own = networks.get(key.network);
    return own && { network: own, person: key.remote };
  }
  const [only, ...others] = networks.values();
  const named = [...networks.values()].find(({ id }) => id === network);
  const chosen = network === undefined && others.length === 0 ? only : named;
  return chosen === undefined || person === ''
    ? undefined
    : { network: chosen, person: remoteUserId(person) };
}

async function explainPerson(
  deps: ExplainDeskDeps,
  { network, person }: Person,
  user: MatrixUserId,
  asker: Asker,
): Promise<ExplainedPerson> {
  const chat = network.directory.chatWith(person);
  const portal = await deps.portals.byKey({ network: network.id, chat, receiver: user });
  const { rules } = deps.inForce;
  const region = deps.regionOf?.(network.id, person);
  const known = [...rules.regionsOf(user), ...((await deps.regionsOf?.(user)) ?? [])];
  const of = (direction: Direction): readonly FeatureExplained[] =>
    explain(rules, {
      ...{ network: network.id, direction, features, chats: 'direct', chat, user, person },
      room: portal?.room,
      regions: region === undefined ? known : [...known, region],
      now: (deps.now ?? Date.now)(),
      ...{ size: undefined, types: [], isBeyond: () => false },
    }).features.filter(({ decided }) => decided !== undefined);
  return {
    ...{ kind: 'person', user, network: network.id, person },
    rules: { 'to-matrix': of('to-matrix'), 'to-network': of('to-network') },
    doors: await doorsOf(deps, { network: network.id, chat, kind: 'direct', user, remote: person }, asker),
    stopped: await stoppedOf(deps, { network, person }, user, asker),
  };
}

/** Which door would stop a message between the two now, either way. Doors are asked as for an event, which there is not. */
async function doorsOf(
  deps: ExplainDeskDeps,
  sides: DoorSides,
  asker: Asker,
): Promise<NonNullable<ExplainedPerson['doors']>> {
  if (deps.doors === undefined) return {};
  const { network, chat, user } = sides;
  const first = (await deps.portals.byKey(portalKey(network, chat, user)))?.room === undefined;
  const found: Partial<Record<Direction, Decider>> = {};
  for (const direction of ['to-matrix', 'to-network'] as const) {
    const admission = await deps.doors.door.admit({ ...sides, direction, what: 'message', first });
    if (admission.kind === 'pass') continue;
    // To who is outside, a user who is not to be reached does not exist.
    const isAbsent = admission.kind === 'failed' && admission.reason === 'no-such-user';
    if (admission.kind === 'failed' && !isAbsent) continue;
    const rule = admission.kind === 'failed' ? notEnabled(network) : admission.rule;
    found[direction] = await deciderOf(deps, rule, { sides, asker });
  }
  return found;
}

/** What between the two was stopped, among the events whose content is still there. */
async function stoppedOf(
  deps: ExplainDeskDeps,
  who: Person,
  user: MatrixUserId,
  asker: Asker,
): Promise<readonly Stopped[]> {
  const stopped: Stopped[] = [];
  for (const kept of await deps.kept.recent(mostLookedThrough)) {
    const { record } = kept;
    if (record.outcome?.kind !== 'blocked' || !(await isBetween(deps, kept, who, user))) continue;
    stopped.push({
      id: record.outerId,
      direction: directionOf(record.source),
      endedAt: record.endedAt,
      decider: await deciderOf(deps, record.outcome.rule, {
        ...{ sides: await sidesOf(deps, kept), asker, endedAt: record.endedAt },
      }),
    });
    if (stopped.length === mostStopped) break;
  }
  return stopped;
}

async function isBetween(
  { portals }: ExplainDeskDeps,
  kept: KeptContent,
  { network, person }: Person,
  user: MatrixUserId,
): Promise<boolean> {
  const { source, outerId } = kept.record;
  if (source === 'matrix') {
    const portal = kept.portal === undefined ? undefined : await portals.byId(kept.portal);
    const isTheirs = portal?.kind === 'direct' && portal.key.network === network.id;
    return isTheirs && portal.remote === person && portal.key.receiver === user;
  }
  if (source !== network.id || kept.payload === '') return false;
  try {
    const { sender, receiver } = arrivalFromNetwork({ outerId, payload: kept.payload });
    return sender === person && receiver === user;
  } catch {
    return false;
  }
}
