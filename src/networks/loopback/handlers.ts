import type { BridgeEvent, ChatInfoEvent, Content, MembershipEvent } from '../../core/event.ts';
import { limitBytes, MediaError, type Media } from '../../core/media.ts';
import type { Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import type { LoopbackConfig } from './config.ts';
import { changeBody } from './group-network.ts';
import { messageIdFor } from './ids.ts';
import type { PacketBody } from './packet.ts';
import { contentBody, repliedTo, targetId, textBytes, toPacket } from './to-remote.ts';
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
    message: async (event, portal, signal) => {
      const file = await prepare(link, config, event.cause, event.content, signal);
      if (typeof file !== 'string') return file;
      return send(event, portal, contentBody(event.content, file, repliedTo(event)), signal);
    },
    edit: async (event, portal, signal) => {
      const file = await prepare(link, config, event.cause, event.content, signal);
      if (typeof file !== 'string') return file;
      const content = contentBody(event.content, file);
      return send(event, portal, { kind: 'edit', target: targetId(event.target), content }, signal);
    },
    reaction: (event, portal, signal) => {
      const emojis = [...event.reactions.emojis];
      return send(event, portal, { kind: 'reaction', target: targetId(event.target), emojis }, signal);
    },
    membership: (event, portal, signal) => tellChange(event, portal, signal, send),
    'chat-info': (event, portal, signal) => tellChange(event, portal, signal, send),
    redaction: (event, portal, signal) =>
      send(event, portal, { kind: 'retraction', target: targetId(event.target) }, signal),
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

async function sendBody(
  link: WorldLink,
  event: BridgeEvent,
  portal: Portal,
  body: PacketBody,
  signal: AbortSignal,
): Promise<Handled> {
  const packet = toPacket(event, portal, body);
  const named = event.kind === 'message' || event.kind === 'edit';
  try {
    const answer = await link.send(packet, signal);
    if (answer !== 'taken') return failure(answer);
    return { kind: 'sent', messageIds: named ? [messageIdFor(event.cause)] : [] };
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

/** Checks the limits and brings the bytes of media into the world; answers their name there, empty for text. */
async function prepare(
  link: WorldLink,
  config: LoopbackConfig,
  cause: string,
  content: Content,
  signal: AbortSignal,
): Promise<string | Failed> {
  if (textBytes(content) > config.maxTextBytes) return failedForGood('too-long');
  return content.kind === 'text' ? '' : upload(link, config, cause, content.media, signal);
}

async function upload(
  link: WorldLink,
  config: LoopbackConfig,
  cause: string,
  media: Media,
  signal: AbortSignal,
): Promise<string | Failed> {
  const limit = config.maxMediaBytes;
  if (media.size !== undefined && media.size > limit) return failedForGood('too-large');
  if (!link.isUp()) return failedForNow('link-down');
  const opened = await media.open(signal);
  if (opened.kind === 'failed') return opened;
  try {
    // The name comes from the cause, so that a repeat replaces the file and leaves no second one.
    const name = `file-${cause}`;
    await link.files.receive(name, limitBytes(opened.stream, limit));
    return name;
  } catch (error) {
    if (error instanceof MediaError) return error.failed;
    if (signal.aborted) return failedForNow('timeout', error);
    throw error;
  }
}
