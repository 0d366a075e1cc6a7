/** Finds providers' users by what people know of them: `bob@example.com`, or `birdychat:bob@example.com`. */
import type { Directory, RemoteProfile } from '../../core/network.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { normaliseIdentifier } from '../../interop/identity/identifier.ts';
import { ownIntegrator } from '../../interop/profile/host-profile.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { Account, Host } from './host.ts';
import { chatOf, loginOf, userOf } from './ids.ts';
import type { Numbers } from './numbers.ts';
import type { Provider, Providers } from './provider-book.ts';

export interface DirectoryDeps {
  readonly host: Pick<Host, 'account' | 'find'>;
  readonly providers: Providers;
  readonly acquaintance: Acquaintance;
  readonly numbers: Numbers;
}

export function createDirectory({ host, providers, acquaintance, numbers }: DirectoryDeps): Directory {
  const isReached = async ({ login }: Account): Promise<boolean> => {
    const { enabled, integrators } = await acquaintance.reachability(userOf(login));
    return enabled && (integrators.length === 0 || integrators.includes(ownIntegrator.number));
  };
  return {
    find: async (typed) => {
      let passing: Failed | undefined;
      for (const { provider, identifier } of meant(typed, providers)) {
        const found = await host.find(provider.integrator, identifier);
        if ('kind' in found) {
          if (found.retry.kind === 'later') passing ??= found;
        } else if (await isReached(found)) return profileOf(found);
      }
      // By the id: whoever invites the account of somebody says no more.
      const login = loginOf(typed.trim());
      const account = login && (await host.account(login));
      if (account !== undefined && (await isReached(account))) return profileOf(account);
      return passing ?? failedForGood('no-such-user');
    },
    chatWith: chatOf,
    addressOf: (user) => user,
    profile: async (user) => {
      const login = loginOf(user);
      const account = login && (await host.account(login));
      return account === undefined ? failedForGood('no-such-user') : profileOf(account);
    },
    named: (typed) => {
      const login = loginOf(typed.trim());
      return login && providers.numbered(login.integrator) && userOf(login);
    },
    numberOf: (user) => numbers.of(user),
    serverOf: (name) =>
      (providers.ofName(name) ?? providers.all.find(({ domain }) => domain === name))?.domain,
  };
}

interface Meant {
  readonly provider: Provider;
  readonly identifier: string;
}

/** The identifiers that a text may be, with the providers whose they are; a provider that is named is the only one. */
export function meant(typed: string, providers: Providers): readonly Meant[] {
  const text = typed.trim();
  const colon = text.indexOf(':');
  const named = colon < 0 ? undefined : providers.named(text.slice(0, colon).trim().toLowerCase());
  const bare = named === undefined ? text : text.slice(colon + 1).trim();
  return (named === undefined ? providers.all : [named]).flatMap((provider): readonly Meant[] => {
    const identifier = normaliseIdentifier(provider.identifier, bare);
    return identifier === undefined ? [] : [{ provider, identifier }];
  });
}

/** The name is what the user wrote of themselves; pictures are not told. */
function profileOf({ login, name }: Account): RemoteProfile {
  const userId = userOf(login);
  return { userId, chat: chatOf(userId), name, avatar: 'none' };
}
