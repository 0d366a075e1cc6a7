/** Look-ups for the room directory: https://spec.matrix.org/v1.16/application-service-api/#third-party-networks */
import type { Request, Response, Router } from 'express';
import { networkId, networkPattern, parseMatrixUserId, type NetworkId } from '../core/ids.ts';
import type { Fields, ThirdParty } from '../core/third-party.ts';
import type { AliasIds } from './alias-id.ts';
import { displayNameOf } from './bridge-info.ts';
import type { GhostIds } from './ghost-id.ts';
import type { JsonObject } from './request.ts';

/** What look-ups are answered from. */
export interface LookupDeps {
  /** How a network that runs names people and groups; `undefined` where it does not run, or has neither. */
  readonly thirdParty: (network: NetworkId) => ThirdParty | undefined;
  readonly ghostIds: GhostIds;
  readonly aliasIds: AliasIds;
}

/** Answers look-ups. Pure as the networks' part of it; makes no ghost and no room. */
export class Lookups {
  readonly #deps: LookupDeps;

  constructor(deps: LookupDeps) {
    this.#deps = deps;
  }

  /** What a protocol asks for; `undefined` where it is none of ours. */
  protocol(name: string): JsonObject | undefined {
    const found = this.#network(name);
    if (found === undefined) return undefined;
    const { userFields, locationFields, fieldTypes } = found.names;
    return {
      user_fields: userFields,
      location_fields: locationFields,
      icon: '',
      field_types: fieldTypes,
      instances: [{ network_id: found.id, desc: displayNameOf(found.id), fields: {} }],
    };
  }

  /** The ghost whom the fields name, at most one; `undefined` where there is no such protocol. */
  users(protocol: string, fields: Fields): readonly JsonObject[] | undefined {
    const found = this.#network(protocol);
    if (found === undefined) return undefined;
    const remote = found.names.user(fields);
    const userid = remote && this.#deps.ghostIds.userId({ network: found.id, remote });
    const named = remote && found.names.fieldsOfUser(remote);
    return userid === undefined || named === undefined ? [] : [{ userid, protocol: found.id, fields: named }];
  }

  locations(protocol: string, fields: Fields): readonly JsonObject[] | undefined {
    const found = this.#network(protocol);
    if (found === undefined) return undefined;
    const chat = found.names.location(fields);
    const alias = chat && this.#deps.aliasIds.alias({ network: found.id, chat });
    const named = chat && found.names.fieldsOfLocation(chat);
    return alias === undefined || named === undefined ? [] : [{ alias, protocol: found.id, fields: named }];
  }

  /** The fields of the person behind a ghost; none for anybody else. */
  ofUser(text: string): readonly JsonObject[] {
    const userid = parseMatrixUserId(text);
    const key = userid && this.#deps.ghostIds.key(userid);
    const fields = key && this.#deps.thirdParty(key.network)?.fieldsOfUser(key.remote);
    return fields === undefined ? [] : [{ userid: text, protocol: key?.network, fields }];
  }

  ofAlias(alias: string): readonly JsonObject[] {
    const key = this.#deps.aliasIds.key(alias);
    const fields = key && this.#deps.thirdParty(key.network)?.fieldsOfLocation(key.chat);
    return fields === undefined ? [] : [{ alias, protocol: key?.network, fields }];
  }

  #network(name: string): { readonly id: NetworkId; readonly names: ThirdParty } | undefined {
    if (!networkPattern.test(name)) return undefined;
    const id = networkId(name);
    const names = this.#deps.thirdParty(id);
    return names && { id, names };
  }
}

type Guard = (request: Request, response: Response, next: () => void) => void;

/**
 * The routes of look-ups, for older homeservers under `unstable` too. A protocol that is not ours, and names that are
 * nobody's, get `M_NOT_FOUND`; fields that name nobody get an empty list.
 */
export function lookupRoutes(router: Router, authorize: Guard, lookups: Lookups | undefined): void {
  for (const base of ['/_matrix/app/v1/thirdparty', '/_matrix/app/unstable/thirdparty']) {
    router.get(`${base}/protocol/:protocol`, authorize, (request, response) => {
      answer(response, lookups?.protocol(protocolIn(request)));
    });
    router.get(`${base}/user/:protocol`, authorize, (request, response) => {
      answer(response, lookups?.users(protocolIn(request), fieldsIn(request)));
    });
    router.get(`${base}/location/:protocol`, authorize, (request, response) => {
      answer(response, lookups?.locations(protocolIn(request), fieldsIn(request)));
    });
    router.get(`${base}/user`, authorize, (request, response) => {
      answer(response, some(lookups?.ofUser(fieldsIn(request)['userid'] ?? '')));
    });
    router.get(`${base}/location`, authorize, (request, response) => {
      answer(response, some(lookups?.ofAlias(fieldsIn(request)['alias'] ?? '')));
    });
  }
}

function answer(response: Response, found: JsonObject | readonly JsonObject[] | undefined): void {
  if (found === undefined) response.status(404).json({ errcode: 'M_NOT_FOUND', error: 'M_NOT_FOUND' });
  else response.json(found);
}

function some(list: readonly JsonObject[] | undefined): readonly JsonObject[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function protocolIn(request: Request): string {
  const value: unknown = request.params['protocol'];
  return typeof value === 'string' ? value : '';
}

/** What is asked for, each field once. */
function fieldsIn(request: Request): Fields {
  const given = Object.entries(request.query as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    given.flatMap(([name, value]): (readonly [string, string])[] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}
