/** What is asked about third-party chats: look-ups, integrators and reachability, unofficial [U]. */
import { makeNode, type Node } from '../node/node.ts';
import { integratorsMost, interopNames, lookUpMost, names, stanzaLimits } from '../profile/stanza-profile.ts';
import type { Fields } from './fields.ts';

/** Somebody by the identifier that people know: an e-mail address, a phone number or a name. */
export interface Wanted {
  readonly externalId: string;
  readonly integrator: number;
}

/** Whether third-party users can reach the user, and of which integrators. */
export interface Reachability {
  readonly enabled: boolean;
  readonly integrators: readonly number[];
}

export function readWanted(fields: Fields): Wanted {
  return {
    externalId: fields.text(interopNames.externalId, stanzaLimits.externalId),
    integrator: fields.number(interopNames.integratorId, 0xffff),
  };
}

export function readLookUp(users: Fields): readonly Wanted[] {
  return users.children(interopNames.user, lookUpMost).map(readWanted);
}

export function readReachability(settings: Fields): Reachability {
  return { enabled: settings.flag(interopNames.enabled), integrators: integratorIds(settings) };
}

/** The ids of the integrators that are children of a node. */
export function integratorIds(list: Fields): readonly number[] {
  return list.children(interopNames.integrator, integratorsMost).map((one) => one.number(names.id, 0xffff));
}

export function wantedAttrs({ externalId, integrator }: Wanted): Record<string, string> {
  return { [interopNames.externalId]: externalId, [interopNames.integratorId]: String(integrator) };
}

export function lookUpNode(wanted: readonly Wanted[]): Node {
  const users = wanted.map((one) => makeNode(interopNames.user, wantedAttrs(one)));
  return makeNode(interopNames.users, {}, users);
}

export function reachabilityNode({ enabled, integrators }: Reachability): Node {
  return makeNode(
    interopNames.reachability,
    { [interopNames.enabled]: String(enabled) },
    idNodes(integrators),
  );
}

export function integratorNodes(integrators: readonly number[]): Node {
  return makeNode(interopNames.integrators, {}, idNodes(integrators));
}

function idNodes(integrators: readonly number[]): readonly Node[] {
  return integrators.map((id) => makeNode(interopNames.integrator, { [names.id]: String(id) }));
}
