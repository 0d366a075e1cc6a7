import type { MatrixHandled, MatrixHandlers } from '../core/homeserver.ts';
import type { Party } from '../core/event.ts';
import type { Portal } from '../core/portal.ts';
import type { LoginStore } from '../core/stores.ts';
import type { PuppetReads } from './puppet-reads.ts';
import type { Puppets } from './puppets.ts';
import { ownerOf } from './speakers.ts';

export interface OwnSignalParts {
  readonly reads: Pick<PuppetReads, 'take'>;
  readonly puppets: Pick<Puppets, 'of'>;
  readonly logins: Pick<LoginStore, 'owner'>;
}

const nothing: MatrixHandled = { kind: 'ignored', reason: 'nothing-to-do' };

/**
 * Puts what a user signals at their other client before the handlers of everybody else's signals: what they have read is
 * read on Matrix, and nobody else stands there as typing or present in their place.
 */
export function withOwnSignals(handlers: MatrixHandlers, parts: OwnSignalParts): MatrixHandlers {
  const { receipt, typing, presence } = handlers;
  return {
    ...handlers,
    receipt: async (event, portal, signal) =>
      (await parts.reads.take(event, portal)) ?? (await receipt?.(event, portal, signal)) ?? nothing,
    ...(typing === undefined
      ? {}
      : {
          typing: async (event, portal, signal) =>
            (await isOwn(parts, event.sender, portal)) ? nothing : typing(event, portal, signal),
        }),
    ...(presence === undefined
      ? {}
      : {
          presence: async (event, portal, signal) =>
            (await isOwn(parts, event.sender, portal)) ? nothing : presence(event, portal, signal),
        }),
  };
}

async function isOwn({ puppets, logins }: OwnSignalParts, sender: Party, portal: Portal): Promise<boolean> {
  const owner = await ownerOf(logins, sender, portal);
  return owner !== undefined && (await puppets.of(owner)) !== undefined;
}
