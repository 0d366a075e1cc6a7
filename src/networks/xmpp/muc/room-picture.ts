/** Sets the picture of a room: https://xmpp.org/extensions/xep-0486.html */
import xml from '@xmpp/xml';
import { limitBytes, MediaError, type Media } from '../../../core/media.ts';
import type { Handled } from '../../../core/network.ts';
import { failedForGood, failedForNow } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { namespaces } from './namespaces.ts';
import { failureOf } from './room-info.ts';

/** The picture travels in a stanza, whole. */
const mostBytes = 150 * 1024;
const patienceMs = 20_000;

export async function setRoomPicture(
  link: Link,
  owner: string,
  room: string,
  picture: Media | undefined,
  signal: AbortSignal,
): Promise<Handled> {
  const photo = picture === undefined ? [] : await photoOf(picture, signal);
  if ('kind' in photo) return photo;
  const child = xml('vCard', namespaces.vcard, ...photo);
  const answer = await link.ask({ type: 'set', from: owner, to: room, child }, patienceMs);
  return answer.kind === 'result' ? { kind: 'sent', messageIds: [] } : failureOf(answer, 'no-such-group');
}

async function photoOf(
  picture: Media,
  signal: AbortSignal,
): Promise<readonly ReturnType<typeof xml>[] | Handled> {
  try {
    const opened = await picture.open(signal);
    if (opened.kind === 'failed') return opened;
    const chunks: Uint8Array[] = [];
    for await (const chunk of limitBytes(opened.stream, mostBytes)) chunks.push(chunk);
    const base64 = Buffer.concat(chunks).toString('base64');
    return [xml('PHOTO', {}, xml('TYPE', {}, picture.mimetype), xml('BINVAL', {}, base64))];
  } catch (error) {
    if (error instanceof MediaError) return error.failed;
    return signal.aborted ? failedForNow('timeout') : failedForGood('media-unavailable', error);
  }
}
