import assert from 'node:assert/strict';
import {
  noMentions,
  type Content,
  type EditEvent,
  type MessageEvent,
  type UnresolvedEvent,
} from '../../src/core/event.ts';
import { parseEvent } from '../../src/matrix/parse-event.ts';
import * as render from '../../src/matrix/render-event.ts';
import type { RenderedEvent, RenderedEvents } from '../../src/matrix/render-event.ts';
import type { UploadedMedia } from '../../src/matrix/render-media.ts';
import type { Calling } from '../../src/matrix/render-relation.ts';
import { bob, ghostOfBob, mxc, parseContext, remoteMessage, roomEvent, target } from './matrix-events.ts';

export const uploaded: UploadedMedia = { uri: mxc('mxc://hs/abc'), thumbnail: undefined };
/** Bob's ghost stands for him; whoever else is on the network has no account. */
export const calling: Calling = (party) => {
  if (party.in === 'matrix') return { userId: party.userId, names: [party.userId, '@alice'] };
  return party.userId === bob ? { userId: ghostOfBob, names: [bob] } : undefined;
};

/** The events of a message, of which at most one file is uploaded. */
export function renderMessage(event: MessageEvent, files: UploadedMedia | undefined): RenderedEvents {
  const events = render.renderMessage(event, files === undefined ? [] : [files], calling);
  assert.ok(!('reason' in events));
  return events;
}

/** What becomes of an edit, of which at most one file is uploaded. */
export function renderEdit(
  event: EditEvent,
  files: UploadedMedia | undefined,
): ReturnType<typeof render.renderEdit> {
  return render.renderEdit(event, files === undefined ? [] : [files], calling);
}

/** An edit by Bob of what Alice wrote. */
export function edit(content: Content): EditEvent {
  const { cause, sender, at } = remoteMessage(content);
  return {
    kind: 'edit',
    cause,
    sender,
    name: undefined,
    at,
    target: target(),
    content,
    mentions: noMentions,
  };
}

/** What Alice's client would have said with this event. */
export function parsed(rendered: RenderedEvent): UnresolvedEvent {
  const opened = parseEvent(roomEvent({ ...rendered }), 'cause', parseContext());
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return opened.event;
}

/** The event that an edit becomes. */
export function rendered(event: EditEvent, files = uploaded): RenderedEvent {
  const event_ = renderEdit(event, files);
  assert.ok('type' in event_);
  return event_;
}
