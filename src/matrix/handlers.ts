import type {
  BridgeEvent,
  EditEvent,
  ReactionEvent,
  ReceiptEvent,
  RedactionEvent,
  MessageEvent,
  Content,
} from '../core/event.ts';
import type { Delivered, MatrixHandled, MatrixHandlers, Reporter } from '../core/homeserver.ts';
import type { MatrixEventId, MxcUri } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal } from '../core/portal.ts';
import type { GhostVoice } from './ghost-voice.ts';
import type { MediaRepository, Uploaded } from './media.ts';
import { renderEdit, renderMessage, renderReaction } from './render-event.ts';
import type { Speakers } from './speakers.ts';

/** What the handlers need of the rest of the Matrix side. */
export interface HandlerParts {
  readonly speakers: Pick<Speakers, 'speak'>;
  readonly media: Pick<MediaRepository, 'upload'>;
  readonly reporter: Pick<Reporter, 'status'>;
}

const MAX_REMEMBERED_UPLOADS = 256;

/** Brings the events of a network into portals, as the ghost of whoever sent them, or as the user where it was they. */
export function matrixHandlers(parts: HandlerParts): MatrixHandlers {
  const uploads = new Uploads(parts.media);
  return {
    message: spoken(parts.speakers, (voice, event, signal) => message(uploads, voice, event, signal)),
    edit: spoken(parts.speakers, (voice, event, signal) => edit(uploads, voice, event, signal)),
    reaction: spoken(parts.speakers, reaction),
    redaction: spoken(parts.speakers, redaction),
    receipt: (event, portal) => receipt(parts, event, portal),
  };
}

/** A handler that speaks for the event's sender. */
function spoken<E extends BridgeEvent>(
  speakers: HandlerParts['speakers'],
  say: (voice: GhostVoice, event: E, signal: AbortSignal) => Promise<MatrixHandled>,
): (event: E, portal: Portal, signal: AbortSignal) => Promise<MatrixHandled> {
  return (event, portal, signal) =>
    speakers.speak(event, portal, signal, (voice) => say(voice, event, signal));
}

async function message(
  uploads: Uploads,
  voice: GhostVoice,
  event: MessageEvent,
  signal: AbortSignal,
): Promise<MatrixHandled> {
  const uploaded = await uploads.of(event, voice, signal);
  if (uploaded.kind === 'failed') return uploaded;
  const eventIds: MatrixEventId[] = [];
  for (const [part, rendered] of renderMessage(
    { ...event, content: uploaded.content },
    uploaded.uri,
  ).entries()) {
    const sent = await voice.send(rendered.type, rendered.content, `message ${part}`, event.at);
    if (sent.kind === 'failed') return sent;
    eventIds.push(sent.eventId);
  }
  uploads.forget(event.cause);
  return delivered(eventIds);
}

async function edit(
  uploads: Uploads,
  voice: GhostVoice,
  event: EditEvent,
  signal: AbortSignal,
): Promise<MatrixHandled> {
  const uploaded = await uploads.of(event, voice, signal);
  if (uploaded.kind === 'failed') return uploaded;
  const rendered = renderEdit({ ...event, content: uploaded.content }, uploaded.uri);
  if ('kind' in rendered) return rendered;
  const sent = await voice.send(rendered.type, rendered.content, 'edit', event.at);
  if (sent.kind === 'failed') return sent;
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
    const sent = await voice.react(event.target.eventIds[0], emoji, rendered.content, event.at);
    if (sent.kind === 'failed') return sent;
    added.set(emoji, sent.eventId);
  }
  for (const emoji of new Set(previous).difference(new Set(emojis))) {
    const gone = previousEvents.get(emoji);
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

interface Ready {
  readonly kind: 'ready';
  readonly uri: MxcUri | undefined;
  readonly content: Content;
}

/** Uploads the files of messages; one whose message could not be sent is not uploaded again for the next attempt. */
class Uploads {
  readonly #media: HandlerParts['media'];
  readonly #done = new Map<string, Uploaded>();

  constructor(media: HandlerParts['media']) {
    this.#media = media;
  }

  /** Answers the content with the size that the file really had. */
  async of(
    event: { readonly cause: string; readonly content: Content },
    voice: GhostVoice,
    signal: AbortSignal,
  ): Promise<Ready | Failed> {
    const { cause, content } = event;
    if (content.kind !== 'media') return { kind: 'ready', uri: undefined, content };
    const done = this.#done.get(cause) ?? (await this.#media.upload(content.media, voice.as, signal));
    if (done.kind === 'failed') return done;
    this.#done.set(cause, done);
    const [oldest] = this.#done.keys();
    if (this.#done.size > MAX_REMEMBERED_UPLOADS && oldest !== undefined) this.#done.delete(oldest);
    const { uri, size } = done;
    return { kind: 'ready', uri, content: { ...content, media: { ...content.media, size } } };
  }

  forget(cause: string): void {
    this.#done.delete(cause);
  }
}
