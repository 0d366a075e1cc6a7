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
 * Puts what a user does beside speaking at their other client before the handlers of everybody else: what they have read
 * is read on Matrix, and no ghost comes into a group, types or is present in their place.
 */
export function withOwnSignals(handlers: MatrixHandlers, parts: OwnSignalParts): MatrixHandlers {
  const { receipt, typing, presence, membership } = handlers;
  return {
    ...handlers,
    receipt: async (event, portal, signal) =>
      (await parts.reads.take(event, portal)) ?? (await receipt?.(event, portal, signal)) ?? nothing,
    ...(membership === undefined
      ? {}
      : {
          membership: async (event, portal, signal) =>
            (await isOwn(parts, event.member, portal)) && event.member.in === 'remote'
              ? nothing
              : membership(event, portal, signal),
        }),
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
