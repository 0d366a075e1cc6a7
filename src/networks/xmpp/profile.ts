/**
 * What people are called and look like: https://xmpp.org/extensions/xep-0172.html (nicknames),
 * https://xmpp.org/extensions/xep-0054.html (vcard-temp), https://xmpp.org/extensions/xep-0084.html and
 * https://xmpp.org/extensions/xep-0153.html (pictures).
 */
import { createHash } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import type { OpenMedia } from '../../core/media.ts';
import type { RemoteAvatar, RemoteProfile } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { cleanName } from '../../core/person-name.ts';
import { pictureOf } from '../../core/small-file.ts';
import { decodeBase64, parseMetadata, type AvatarInfo } from './avatar-metadata.ts';
import type { Link } from './client.ts';
import type { Answer } from './iq.ts';
import { namespaces } from './people-namespaces.ts';

const patienceMs = 3000;
const picturePatienceMs = 20_000;
/** No picture in one stanza is larger: servers take no larger stanzas. */
const mostBytes = 1024 * 1024;

/** What a person's server tells of them in a short time; undefined where it tells nothing. */
export async function askProfile(
  link: Link,
  from: string,
  to: string,
): Promise<Pick<RemoteProfile, 'name' | 'avatar'>> {
  const ask = (child: Element): Promise<Answer> => link.ask({ type: 'get', from, to, child }, patienceMs);
  const [nick, metadata, card] = await Promise.all([
    ask(items(namespaces.nick)),
    ask(items(namespaces.avatarMetadata)),
    ask(xml('vCard', namespaces.vcard)),
  ]);
  const vcard = resultOf(card)?.getChild('vCard', namespaces.vcard);
  const published = itemIn(resultOf(nick))?.getChildText('nick', namespaces.nick);
  const name = [published, vcard?.getChildText('FN'), vcard?.getChildText('NICKNAME')]
    .map((text) => cleanName(text ?? ''))
    .find((text) => text !== '');
  const said = itemIn(resultOf(metadata))?.getChild('metadata', namespaces.avatarMetadata);
  const info = said === undefined ? undefined : parseMetadata(said);
  if (info === 'none') return { name, avatar: 'none' };
  const isNowhere = isNothing(metadata) && isNothing(card);
  const avatar = info === undefined ? photoIn(vcard, isNowhere) : published0084(link, from, to, info);
  return avatar === undefined ? { name } : { name, avatar };
}

function resultOf(answer: Answer): Element | undefined {
  return answer.kind === 'result' ? answer.stanza : undefined;
}

/** Whether there surely is nothing: who may not look is told so by another word. */
function isNothing(answer: Answer): boolean {
  return answer.kind === 'error' ? answer.condition === 'item-not-found' : answer.kind === 'result';
}

/** The picture in a vCard; none where the person has a card without one, or nothing at all. */
function photoIn(vcard: Element | undefined, isNowhere: boolean): RemoteAvatar | 'none' | undefined {
  if (vcard === undefined) return isNowhere ? 'none' : undefined;
  const photo = vcard.getChild('PHOTO');
  if (photo === undefined || (photo.getChildText('BINVAL') ?? '').trim() === '') return 'none';
  const bytes = decodeBase64(photo.getChildText('BINVAL') ?? '', mostBytes);
  if (bytes === undefined) return undefined;
  return { version: sha1(bytes), media: pictureOf(bytes, photo.getChildText('TYPE') ?? 'image/png') };
}

function published0084(link: Link, from: string, to: string, info: AvatarInfo): RemoteAvatar {
  const open = async (): Promise<OpenMedia | Failed> => {
    const child = items(namespaces.avatarData, info.id);
    const answer = await link.ask({ type: 'get', from, to, child }, picturePatienceMs);
    if (answer.kind === 'no-answer') return failedForNow('media-unavailable');
    const data = itemIn(answer.stanza)?.getChildText('data', namespaces.avatarData);
    const bytes = decodeBase64(data ?? '', mostBytes);
    if (bytes === undefined) return failedForGood('media-gone');
    if (sha1(bytes) !== info.id) return failedForGood('media-type-mismatch');
    return pictureOf(bytes, info.type).open(AbortSignal.timeout(patienceMs));
  };
  return { version: info.id, media: { ...pictureOf(new Uint8Array(), info.type), size: info.bytes, open } };
}

function items(node: string, id?: string): Element {
  const which = id === undefined ? { max_items: '1' } : {};
  const wanted = id === undefined ? [] : [xml('item', { id })];
  return xml('pubsub', namespaces.pubsub, xml('items', { node, ...which }, ...wanted));
}

function itemIn(answer: Element | undefined): Element | undefined {
  return answer?.getChild('pubsub', namespaces.pubsub)?.getChild('items')?.getChild('item');
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
