import type { Bind } from './interop/web/public-web.ts';

interface Listening {
  /** Where the homeserver calls, and where health and metrics are, where that is elsewhere. */
  readonly service: Bind;
  readonly watched: Bind | undefined;
  readonly networks: {
    readonly whatsapp?: { readonly listen: Bind } | undefined;
    readonly thirdparty?: { readonly listen: Bind; readonly chat?: Bind | undefined } | undefined;
  };
}

/**
 * The settings of networks that name an address which another setting has already: what strangers may reach is never
 * served where the homeserver calls, and the two networks serve different keys under one path.
 */
export function takenTwice({ service, watched, networks }: Listening): readonly (readonly string[])[] {
  const { whatsapp, thirdparty } = networks;
  const taken: Bind[] = watched === undefined ? [service] : [service, watched];
  const twice: (readonly string[])[] = [];
  const take = (path: readonly string[], bind: Bind | undefined): void => {
    if (bind === undefined) return;
    if (taken.some((other) => isOne(bind, other))) twice.push(['networks', ...path]);
    taken.push(bind);
  };
  take(['whatsapp', 'listen'], whatsapp?.listen);
  take(['thirdparty', 'listen'], thirdparty?.listen);
  take(['thirdparty', 'chat'], thirdparty?.chat);
  return twice;
}

const everywhere = new Set(['0.0.0.0', '::']);

/** Port 0 is another one each time. */
function isOne(one: Bind, other: Bind): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || everywhere.has(one.host) || everywhere.has(other.host);
}
