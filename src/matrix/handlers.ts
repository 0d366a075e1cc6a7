import type {
  BridgeEvent,
  EditEvent,
  MessageEvent,
  PollEndEvent,
  ReactionEvent,
  ReceiptEvent,
  RedactionEvent,
  VoteEvent,
} from '../core/event.ts';
import type { Delivered, MatrixHandled, MatrixHandlers, Reporter } from '../core/homeserver.ts';
import {
  localpartOf,
  type MatrixEventId,
  type MatrixUserId,
  type NetworkId,
  type RemoteUserId,
  type RoomId,
} from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import { eventMeant, namesNeeded } from '../core/target.ts';
import { expiryFields } from './disappearing.ts';
import type { GhostVoice } from './ghost-voice.ts';
import type { MediaRepository } from './media.ts';
import { historyVoice } from './history-voice.ts';
import { renderEdit, renderMessage, renderReaction } from './render-event.ts';
import { pollEnd, pollEndFields, pollResponse, voteFields } from './render-poll.ts';
import type { Calling } from './render-relation.ts';
import type { Speakers } from './speakers.ts';
import { Uploads, type ReadyContent, type Storing, type VoiceRecoder } from './uploads.ts';

/** What the handlers need of the rest of the Matrix side. */
export interface HandlerParts {
  readonly speakers: Pick<Speakers, 'speak'>;
  readonly media: Pick<MediaRepository, 'upload'>;
  readonly reporter: Pick<Reporter, 'status'>;
  /** The account that stands for a remote user, where they can have one. */
  readonly ghostId: (network: NetworkId, remote: RemoteUserId) => MatrixUserId | undefined;
  /** Which rooms are encrypted; none where absent. */
  readonly encryption?: RoomEncryption;
  /** Makes voice messages playable on Matrix; they go as they came where it is absent. */
  readonly recodeVoice?: VoiceRecoder;
}

/** Says whether what is sent into a room has to be encrypted. */
export interface RoomEncryption {
  isEncrypted(room: RoomId): Promise<boolean | Failed>;
}

/** Brings the events of a network into portals, as the ghost of whoever sent them, or as the user where it was they. */
export function matrixHandlers(parts: HandlerParts): MatrixHandlers {
  const uploads = new Uploads(parts.media, parts.recodeVoice ?? (async (voice) => voice));
  const calling = callingIn(parts);
  const storing = storingIn(parts);
  return {
    message: spoken(parts.speakers, (voice, event, signal, portal) =>
      message({ uploads, calling: calling(portal), storing: storing(portal) }, voice, event, signal),
    ),
    edit: spoken(parts.speakers, (voice, event, signal, portal) =>
      edit({ uploads, calling: calling(portal), storing: storing(portal) }, voice, event, signal),
    ),
    reaction: spoken(parts.speakers, reaction),
    redaction: spoken(parts.speakers, redaction),
    vote: spoken(parts.speakers, vote),
    'poll-end': spoken(parts.speakers, endPoll),
    receipt: (event, portal) => receipt(parts, event, portal),
  };
}

/** How the files of messages are laid down for a portal's room. */
function storingIn({ encryption }: HandlerParts): (portal: Portal) => () => Promise<Storing | Failed> {
  return (portal) => async () => {
    const encrypted = encryption === undefined ? false : await encryption.isEncrypted(portal.room);
    if (typeof encrypted !== 'boolean') return encrypted;
    return encrypted ? 'encrypted' : 'plain';
  };
}

/** Who people are on Matrix, and what texts of a portal's network may call them. */
function callingIn({ ghostId }: HandlerParts): (portal: Portal) => Calling {
  return (portal) => (party) => {
    if (party.in === 'matrix') {
      const localpart = localpartOf(party.userId);
      return { userId: party.userId, names: [party.userId, `@${localpart}`, localpart] };
    }
    const userId = ghostId(portal.key.network, party.userId);
    return userId && { userId, names: [`@${party.userId}`, party.userId] };
  };
}

/** A handler that speaks for the event's sender. */
function spoken<E extends BridgeEvent>(
  speakers: HandlerParts['speakers'],
  say: (voice: GhostVoice, event: E, signal: AbortSignal, portal: Portal) => Promise<MatrixHandled>,
): (event: E, portal: Portal, signal: AbortSignal) => Promise<MatrixHandled> {
  return (event, portal, signal) =>
    speakers.speak(event, portal, signal, (voice) =>
      say(event.history === true ? historyVoice(voice) : voice, event, signal, portal),
    );
}

/** What a handler of what people say works with. */
interface Means {
  readonly uploads: Uploads;
  readonly calling: Calling;
  readonly storing: () => Promise<Storing | Failed>;
}

async function message(
  means: Means,
  voice: GhostVoice,
  event: MessageEvent,
  signal: AbortSignal,
): Promise<MatrixHandled> {
  const { uploads, calling } = means;
  const ready = await uploaded(means, event, voice, signal);
  if (ready.kind === 'failed') return ready;
  const events = renderMessage({ ...event, content: ready.content }, ready.uploaded, calling);
  if ('reason' in events) return events;
  const eventIds: MatrixEventId[] = [];
  for (const [part, rendered] of events.entries()) {
    const content = { ...rendered.content, ...expiryFields(event.expires) };
    const sent = await voice.send(rendered.type, content, `message ${part}`, event.at);
    if (sent.kind === 'failed') return sent;
    eventIds.push(sent.eventId);
  }
  uploads.forget(event.cause);
  return delivered(eventIds);
}

/** Asks how files are to be laid down only where there are some. */
async function uploaded(
  { uploads, storing }: Means,
  event: MessageEvent | EditEvent,
  voice: GhostVoice,
  signal: AbortSignal,
  only?: number,
): Promise<ReadyContent | Failed> {
  const { kind } = event.content;
  const how = kind === 'media' || kind === 'gallery' ? await storing() : 'plain';
  return typeof how === 'string' ? uploads.of(event, voice.as, signal, how, only) : how;
}

/** Replaces the first event of a message; further ones that held only more of the old text go. */
async function edit(
  means: Means,
  voice: GhostVoice,
  event: EditEvent,
  signal: AbortSignal,
): Promise<MatrixHandled> {
  const { uploads, calling } = means;
  const ready = await uploaded(means, event, voice, signal, 1);
  if (ready.kind === 'failed') return ready;
  const rendered = renderEdit({ ...event, content: ready.content }, ready.uploaded, calling);
  if ('reason' in rendered) return rendered;
  const sent = await voice.send(rendered.type, rendered.content, 'edit', event.at);
  if (sent.kind === 'failed') return sent;
  for (const obsolete of event.target.eventIds.slice(namesNeeded(event.content))) {
    const failed = await voice.redact(obsolete);
    if (failed !== undefined) return failed;
  }
  uploads.forget(event.cause);
  return delivered([sent.eventId]);
}

/** Adds what is new in the set, takes back what is gone from it. */
async function reaction(voice: GhostVoice, event: ReactionEvent): Promise<MatrixHandled> {
  const { emojis, previous, previousEvents } = event.reactions;
  const added = new Map<string, MatrixEventId>();
  for (const emoji of new Set(emojis).difference(new Set(previous))) {
    const rendered = renderReaction(event.target, emoji);
    if ('kind' in rendered) return rendered;
    const sent = await voice.react(eventMeant(event.target), emoji, rendered.content, event.at);
    if (sent.kind === 'failed') return sent;
    added.set(emoji, sent.eventId);
  }
  for (const emoji of new Set(previous).difference(new Set(emojis))) {
    const event = previousEvents.get(emoji);
    // Where rules made one message of several, it stands as long as one of them is there.
    const gone = emojis.some((other) => previousEvents.get(other) === event) ? undefined : event;
    const failed = gone === undefined ? undefined : await voice.redact(gone);
    if (failed !== undefined) return failed;
  }
  return delivered([], added);
}

async function redaction(voice: GhostVoice, event: RedactionEvent): Promise<MatrixHandled> {
  for (const eventId of event.target.eventIds) {
    const failed = await voice.redact(eventId);
    if (failed !== undefined) return failed;
  }
  return delivered([]);
}

async function vote(voice: GhostVoice, event: VoteEvent): Promise<MatrixHandled> {
  const content = voteFields(event.target, event.choices);
  const sent = await voice.send(pollResponse, content, 'vote', event.at);
  return sent.kind === 'failed' ? sent : delivered([]);
}

async function endPoll(voice: GhostVoice, event: PollEndEvent): Promise<MatrixHandled> {
  const sent = await voice.send(pollEnd, pollEndFields(event.target), 'poll end', event.at);
  return sent.kind === 'failed' ? sent : delivered([]);
}

async function receipt(
  { reporter }: HandlerParts,
  event: ReceiptEvent,
  portal: Portal,
): Promise<MatrixHandled> {
  if (event.sender.in !== 'remote' || event.target.author.in !== 'matrix') {
    return { kind: 'ignored', reason: 'nothing-to-do' };
  }
  if (event.receipt === 'read') return { kind: 'ignored', reason: 'nothing-to-do' };
  const [eventId] = event.target.eventIds;
  const failed = await reporter.status(portal, eventId, {
    kind: event.receipt,
    to: event.sender.userId,
  });
  return failed ?? delivered([]);
}

function delivered(
  eventIds: readonly MatrixEventId[],
  reactionEvents: ReadonlyMap<string, MatrixEventId> = new Map(),
): Delivered {
  return { kind: 'sent', eventIds, reactionEvents };
}
