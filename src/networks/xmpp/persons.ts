/** What Matrix users look like to people on XMPP: names, and small pictures as stanzas carry them. */
import { createHash } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { BoundedMap } from '../../core/bounded-map.ts';
import { imageSize } from '../../core/image-size.ts';
import { localpartOf, type MatrixUserId } from '../../core/ids.ts';
import type { EventSink, RemoteAvatar } from '../../core/network.ts';
import { cleanName } from '../../core/person-name.ts';
import { readSmallFile } from '../../core/small-file.ts';
import { metadataElement } from './avatar-metadata.ts';
import { xmlText } from './characters.ts';
import { namespaces } from './people-namespaces.ts';

/** A user's picture; `id` is the SHA-1 of its bytes. */
export interface Photo {
  readonly id: string;
  readonly bytes: number;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

const mostKept = 200;
/** In base64 this is still well below what servers take for one stanza. */
const mostBytes = 128 * 1024;
const patienceMs = 15_000;

export class Persons {
  readonly #sink: Pick<EventSink, 'displayName' | 'avatar'>;
  /** The pictures that were fetched, by version; undefined for what is none. */
  readonly #photos = new BoundedMap<string, Promise<Photo | undefined>>(mostKept);

  constructor(sink: Pick<EventSink, 'displayName' | 'avatar'>) {
    this.#sink = sink;
  }

  async name(user: MatrixUserId): Promise<string> {
    const name = cleanName(xmlText((await this.#sink.displayName(user)) ?? ''));
    return name === '' ? xmlText(localpartOf(user)) : name;
  }

  /** The user's picture; undefined where they have none, or it cannot be had now. */
  async photo(user: MatrixUserId): Promise<Photo | undefined> {
    const avatar = await this.#sink.avatar(user).catch(() => undefined);
    if (avatar === undefined) return undefined;
    const known = this.#photos.get(avatar.version) ?? this.#fetch(avatar);
    this.#photos.set(avatar.version, known);
    return known;
  }

  async #fetch({ version, media }: RemoteAvatar): Promise<Photo | undefined> {
    const file = await readSmallFile(media, mostBytes, AbortSignal.timeout(patienceMs));
    if (file.kind === 'failed') {
      if (file.retry.kind === 'later') this.#photos.delete(version);
      return undefined;
    }
    const size = imageSize(file.bytes);
    if (size === undefined) return undefined;
    return {
      id: createHash('sha1').update(file.bytes).digest('hex'),
      bytes: file.bytes.byteLength,
      type: size.mimetype,
      width: size.width,
      height: size.height,
      base64: Buffer.from(file.bytes).toString('base64'),
    };
  }

  /** https://xmpp.org/extensions/xep-0054.html */
  async vcard(user: MatrixUserId): Promise<Element> {
    const [name, photo] = [await this.name(user), await this.photo(user)];
    const picture =
      photo === undefined
        ? []
        : [xml('PHOTO', {}, xml('TYPE', {}, photo.type), xml('BINVAL', {}, photo.base64))];
    return xml('vCard', namespaces.vcard, xml('FN', {}, name), xml('NICKNAME', {}, name), ...picture);
  }

  /** https://xmpp.org/extensions/xep-0153.html: the part of a presence that tells which picture is the current one. */
  async update(user: MatrixUserId): Promise<Element> {
    const photo = await this.photo(user);
    return xml('x', { xmlns: namespaces.vcardUpdate }, xml('photo', {}, photo?.id ?? ''));
  }

  /** The items of a node of the user's own (https://xmpp.org/extensions/xep-0163.html); undefined for other nodes. */
  async items(
    user: MatrixUserId,
    node: string,
    ids: readonly string[],
  ): Promise<readonly Element[] | undefined> {
    switch (node) {
      case namespaces.nick:
        return [await this.#nick(user)];
      case namespaces.avatarMetadata: {
        const photo = await this.photo(user);
        return photo === undefined ? [] : [item(photo.id, metadataElement(photo))];
      }
      case namespaces.avatarData: {
        const photo = await this.photo(user);
        if (photo === undefined || (ids.length > 0 && !ids.includes(photo.id))) return [];
        return [item(photo.id, xml('data', { xmlns: namespaces.avatarData }, photo.base64))];
      }
      default:
        return undefined;
    }
  }

  /** What is told to who follows the user: name and picture as they are now, by node. */
  async news(user: MatrixUserId): Promise<readonly (readonly [string, Element])[]> {
    const photo = await this.photo(user);
    return [
      [namespaces.nick, await this.#nick(user)],
      [namespaces.avatarMetadata, item(photo?.id ?? 'none', metadataElement(photo))],
    ];
  }

  async #nick(user: MatrixUserId): Promise<Element> {
    return item('current', xml('nick', { xmlns: namespaces.nick }, await this.name(user)));
  }
}

function item(id: string, payload: Element): Element {
  return xml('item', { id }, payload);
}
