import type {
  BridgeEvent,
  ChatInfoEvent,
  EditEvent,
  MembershipEvent,
  MessageEvent,
} from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { messageMeant, namesNeeded } from '../../core/target.ts';
import type { LoopbackConfig } from './config.ts';
import { callBody, notCalled, worldExpiry } from './beside.ts';
import { changeBody } from './group-network.ts';
import { messageIdFor, partName } from './ids.ts';
import type { PacketBody } from './packet.ts';
import { contentBody, relationFields, textBytes, toPacket, withinLimit } from './to-remote.ts';
import { place } from './upload.ts';
import type { Answer, WorldLink } from './world.ts';

/** One handler for each kind that the network carries; a kind without one is told to its sender as not carried. */
export function handlers(link: WorldLink, config: LoopbackConfig): NetworkHandlers {
  const send = (
    event: BridgeEvent,
    portal: Portal,
    body: PacketBody,
    signal: AbortSignal,
  ): Promise<Handled> => sendBody(link, event, portal, body, signal);
  return {
    message: (event, portal, signal) => say(link, config, event, portal, signal),
    edit: (event, portal, signal) => edit(link, config, event, portal, signal),
    reaction: (event, portal, signal) => {
      const emojis = [...event.reactions.emojis];
      return send(event, portal, { kind: 'reaction', target: messageMeant(event.target), emojis }, signal);
    },
    redaction: async (event, portal, signal) => {
      const failed = await retract(link, event, event.target.messageIds, portal, signal);
      return failed ?? { kind: 'sent', messageIds: [] };
    },
    moderation: async (event, portal, signal) => {
      const { reason, target } = event;
      const said = { moderated: true as const, ...(reason === undefined ? {} : { reason }) };
      const failed = await retract(link, event, target.messageIds, portal, signal, 0, said);
      return failed ?? { kind: 'sent', messageIds: [] };
    },
    vote: (event, portal, signal) => {
      const choices = [...event.choices];
      return send(event, portal, { kind: 'vote', target: event.target.messageIds[0], choices }, signal);
    },
    'poll-end': (event, portal, signal) =>
      send(event, portal, { kind: 'poll-end', target: event.target.messageIds[0] }, signal),
    call: async (event, portal, signal) =>
      event.change === 'ring'
        ? notCalled(await send(event, portal, callBody(event), signal))
        : { kind: 'ignored', reason: 'nothing-to-do' },
    timer: (event, portal, signal) =>
      send(event, portal, { kind: 'timer', ...worldExpiry(event.expires) }, signal),
    membership: (event, portal, signal) => tellChange(event, portal, signal, send),
    'chat-info': (event, portal, signal) => tellChange(event, portal, signal, send),
  };
}

async function tellChange(
  event: MembershipEvent | ChatInfoEvent,
  portal: Portal,
  signal: AbortSignal,
  send: (event: BridgeEvent, portal: Portal, body: PacketBody, signal: AbortSignal) => Promise<Handled>,
): Promise<Handled> {
  const body = changeBody(event);
  return body === undefined
    ? { kind: 'unsupported', reason: 'not-carried' }
    : send(event, portal, body, signal);
}

/** Sends a message, in several packets where its text is too long for one; all of them are names of the message. */
async function say(
  link: WorldLink,
  config: LoopbackConfig,
  event: MessageEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  if (event.content.kind === 'poll' && textBytes(event.content) > config.maxTextBytes)
    return failedForGood('too-long');
  const names: RemoteMessageId[] = [];
  for (const content of withinLimit(event.content, config)) {
    const id = partName(messageIdFor(event.cause), names.length);
    // What a file is called follows from the packet that tells of it.
    const name = names.length === 0 ? event.cause : `${event.cause}/${String(names.length + 1)}`;
    const placed = await place(link, config, name, content, signal);
    if (placed.kind === 'failed') return placed;
    const relations = relationFields(names.length === 0 ? event : following(event));
    const body = contentBody(content, placed.files, relations);
    const failed = await sendPacket(link, event, portal, body, signal, id);
    if (failed !== undefined) return failed;
    const parts = content.kind === 'gallery' ? content.items.length : 1;
    for (let part = 0; part < parts; part += 1) names.push(partName(messageIdFor(event.cause), names.length));
  }
  return { kind: 'sent', messageIds: names };
}

/** The later parts of a message call nobody again, and answer nothing; they stay in its thread. */
function following(event: MessageEvent): MessageEvent {
  return { ...event, replyTo: undefined, mentions: { users: [], room: false } };
}

/** Changes the first packet of a message; further ones that held only more of the old text go. */
async function edit(
  link: WorldLink,
  config: LoopbackConfig,
  event: EditEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const { content, target } = event;
  if (textBytes(content) > config.maxTextBytes) return failedForGood('too-long');
  const placed = await place(link, config, event.cause, content, signal);
  if (placed.kind === 'failed') return placed;
  const said = contentBody(content, placed.files, relationFields(event));
  const body = { kind: 'edit', target: target.messageIds[0], content: said } as const;
  const sent = await sendBody(link, event, portal, body, signal);
  if (sent.kind !== 'sent') return sent;
  const obsolete = target.messageIds.slice(namesNeeded(content));
  return (await retract(link, event, obsolete, portal, signal, 1)) ?? sent;
}

/** Takes back messages, each by a packet of its own; `from` is how many packets the event has become before. */
async function retract(
  link: WorldLink,
  event: BridgeEvent,
  targets: readonly RemoteMessageId[],
  portal: Portal,
  signal: AbortSignal,
  from = 0,
  said: Pick<Extract<PacketBody, { kind: 'retraction' }>, 'moderated' | 'reason'> = {},
): Promise<undefined | Failed> {
  for (const [index, target] of targets.entries()) {
    const id = partName(messageIdFor(event.cause), from + index);
    const body = { kind: 'retraction', target, ...said } as const;
    const failed = await sendPacket(link, event, portal, body, signal, id);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

async function sendBody(
  link: WorldLink,
  event: BridgeEvent,
  portal: Portal,
  body: PacketBody,
  signal: AbortSignal,
): Promise<Handled> {
  const named = event.kind === 'message' || event.kind === 'edit';
  const failed = await sendPacket(link, event, portal, body, signal, messageIdFor(event.cause));
  return failed ?? { kind: 'sent', messageIds: named ? [messageIdFor(event.cause)] : [] };
}

async function sendPacket(
  link: WorldLink,
  event: BridgeEvent,
  portal: Portal,
  body: PacketBody,
  signal: AbortSignal,
  id: RemoteMessageId,
): Promise<undefined | Failed> {
  try {
    const answer = await link.send(toPacket(event, portal, body, id), signal);
    return answer === 'taken' ? undefined : failure(answer);
  } catch (error) {
    if (signal.aborted) return failedForNow('timeout', error);
    throw error;
  }
}

function failure(answer: Exclude<Answer, 'taken'>): Failed {
  switch (answer) {
    case 'busy':
      return failedForNow('network-refused');
    case 'down':
      return failedForNow('link-down');
    case 'refused':
      return failedForGood('network-refused');
    case 'no-such-person':
      return failedForGood('no-such-user');
  }
}
