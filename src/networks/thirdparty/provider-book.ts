/** The configured providers, by their numbers and names. */
import type { IdentifierType } from '../../interop/identity/identifier.ts';
import { parseMediaBase, type MediaBase } from '../../interop/media/base.ts';
import type { ThirdPartyConfig } from './config.ts';
import type { ShutOut } from './deps.ts';
import { loginOf, userOf } from './ids.ts';

export interface Provider {
  readonly integrator: number;
  readonly name: string;
  /** What bans and policy lists know it by. */
  readonly domain: string;
  readonly identifier: IdentifierType;
  /** Where its users' files lie; `undefined` where the configured address is not one to fetch from. */
  readonly media: MediaBase | undefined;
}

export interface Providers {
  readonly all: readonly Provider[];
  readonly numbered: (integrator: number) => Provider | undefined;
  readonly named: (name: string) => Provider | undefined;
  /** The provider in the name of a user or chat. */
  readonly ofName: (name: string) => Provider | undefined;
}

export function providersIn(config: ThirdPartyConfig): Providers {
  const all = config.providers.map((one): Provider => {
    const trust = { allowPrivate: false, hosts: new Set(one.trusted_hosts) };
    const { id: integrator, name, domain, identifier } = one;
    return { integrator, name, domain, identifier, media: parseMediaBase(one.media_url, trust) };
  });
  const byNumber = new Map(all.map((one) => [one.integrator, one]));
  const byName = new Map(all.map((one) => [one.name, one]));
  return {
    all,
    numbered: (integrator) => byNumber.get(integrator),
    named: (name) => byName.get(name),
    ofName: (name) => {
      const login = loginOf(name);
      return login && byNumber.get(login.integrator);
    },
  };
}

/** Whether a provider as a whole is banned: a name is asked for that none of its users has. */
export function isShutOut(shutOut: ShutOut | undefined, integrator: number): boolean {
  return shutOut?.has(userOf({ integrator, user: '1' })) === true;
}
