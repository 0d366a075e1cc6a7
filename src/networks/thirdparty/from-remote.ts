/** From arrivals to the core's events. Pure and total: nothing is fetched, and whatever was kept has one answer. */
import type { Arrival, OpenedArrival } from '../../core/network.ts';
import type { Media } from '../../core/media.ts';
import { localpartOf } from '../../core/ids.ts';
import { openPlaintext, type OpenContext } from '../../interop/message/from-wire.ts';
import { withFileBefore } from '../../interop/message/said-before.ts';
import type { SealedFile } from '../../interop/message/sealed-file.ts';
import { formatAddress } from '../../interop/node/address.ts';
import { addressOf, loginOf, residentAddress } from './ids.ts';
import { parseKept, type KeptForm } from './kept-form.ts';

export interface OpenSources {
  /** How a file of a provider's user is fetched from that provider, and opened. */
  readonly open: (integrator: number, file: SealedFile) => Media['open'];
}

type KeptMessage = Extract<KeptForm, { readonly kind: 'message' }>;

export function openArrival(arrival: Arrival, cause: string, sources: OpenSources): OpenedArrival {
  const kept = parseKept(arrival.raw);
  if (kept === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  switch (kept.kind) {
    case 'message':
      return openKept(kept, arrival, cause, sources);
    case 'identity':
      return {
        kind: 'event',
        event: {
          ...{ cause, kind: 'identity-change', name: undefined, at: arrival.at },
          ...{ sender: { in: 'remote', userId: arrival.sender }, person: arrival.sender },
          ...{ identity: kept.identity, previous: kept.previous, verified: false },
        },
      };
  }
}

function openKept(kept: KeptMessage, arrival: Arrival, cause: string, sources: OpenSources): OpenedArrival {
  const login = loginOf(arrival.sender);
  if (login === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const sender = { in: 'remote', userId: arrival.sender } as const;
  const { receiver } = arrival;
  const [own, theirs] = [formatAddress(residentAddress(kept.resident)), formatAddress(addressOf(login))];
  const came = { cause, sender, at: arrival.at, id: kept.id };
  const context: OpenContext = {
    open: (file) => sources.open(login.integrator, file),
    whoIs: (address) => {
      if (address === own && receiver !== undefined)
        return { party: { in: 'matrix', userId: receiver }, name: localpartOf(receiver) };
      return address === theirs ? { party: sender, name: kept.notify ?? arrival.sender } : undefined;
    },
  };
  return openPlaintext(kept.padded, came, withFileBefore(kept.before, came, context)).opened;
}
