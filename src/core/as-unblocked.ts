/**
 * What a person would have been told of who writes to somebody who has blocked them, had nobody blocked them: a refusal by a
 * rule is told to whoever sends such a thing, so that its absence would tell of the block.
 */
import { isOver } from './calls.ts';
import { standingAlone } from './crossing.ts';
import type { Contact, Door } from './door.ts';
import type { UnresolvedEvent } from './event.ts';
import { portalId } from './ids.ts';
import type { Blocked, Unsupported } from './outcome.ts';
import type { JudgedChat, Policy } from './policy.ts';
import { portalKey, type Portal, type PortalIntent } from './portal.ts';
import { resolve } from './resolve.ts';
import type { MessageStore, PortalStore } from './stores.ts';

/** Where no portal is, nothing is known that an event could refer to. */
const nowhere = portalId('none');
const noCalls: Unsupported = { kind: 'unsupported', reason: 'no-calls' };

export interface AsUnblockedDeps {
  /** Who may reach whom, blocks aside; nothing is told where absent. */
  readonly unblocked?: Door | undefined;
  readonly policy: Policy;
  readonly stores: { readonly portals: Pick<PortalStore, 'byKey'>; readonly messages: MessageStore };
}

/** How it would have ended in the open; undefined where its sender would have been told nothing. */
export async function refusedAnyway(
  { unblocked, policy, stores }: AsUnblockedDeps,
  contact: Contact,
  event: UnresolvedEvent,
): Promise<Blocked | Unsupported | undefined> {
  const { network, chat, user, remote, kind } = contact;
  // To a room, and to who invites, nothing is said in any case.
  if (kind !== 'direct' || user === undefined || remote === undefined || unblocked === undefined)
    return undefined;
  if (event.kind === 'receipt' || event.kind === 'typing' || event.kind === 'presence') return undefined;
  const admission = await unblocked.admit(contact);
  if (admission.kind === 'blocked' && admission.told === 'sender')
    return { kind: 'blocked', rule: admission.rule };
  if (admission.kind !== 'pass') return undefined;
  const key = portalKey(network, chat, user);
  const known = await stores.portals.byKey(key);
  // Only a message opens a chat.
  if (known?.room === undefined && event.kind !== 'message') return undefined;
  const judged = known?.kind === 'direct' ? known : undefined;
  const portal: JudgedChat = judged ?? { kind: 'direct', key: { network, chat, receiver: user }, remote };
  return refusedIn(portal, judged, event, { policy, messages: stores.messages });
}

async function refusedIn(
  chat: JudgedChat,
  known: Portal | PortalIntent | undefined,
  event: UnresolvedEvent,
  { policy, messages }: { readonly policy: Policy; readonly messages: MessageStore },
): Promise<Blocked | Unsupported | undefined> {
  for (const form of [event, ...standingAlone(event, 'to-matrix')]) {
    const resolved = await resolve(form, known?.id ?? nowhere, messages);
    if (resolved.kind !== 'event') continue;
    const verdict = policy.judge(resolved.event, chat, 'to-matrix');
    // Nobody can be called: whoever rings is told so at once.
    if (verdict.kind !== 'block') return isRinging(event) ? noCalls : undefined;
    if (verdict.told === 'nobody') return undefined;
    const { rule, feature } = verdict;
    return { kind: 'blocked', rule, ...(feature && { feature }) };
  }
  return undefined;
}

function isRinging(event: UnresolvedEvent): boolean {
  return event.kind === 'call' && event.change === 'ring' && !isOver(event);
}
