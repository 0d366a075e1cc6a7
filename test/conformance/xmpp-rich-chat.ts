import { xml } from '@xmpp/client';
import { fileParts, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import type { XmppUser } from '../support/xmpp-user.ts';
import type { RichChat, RichSeen, SampleMedia, SamplePlace } from './rich-chat.ts';
import { XmppChat, type XmppPlace } from './xmpp-chat.ts';
import { readRichly } from './xmpp-rich-reading.ts';

/** A person's end of a chat, at a client that knows the XEPs for every kind of content. */
export class XmppRichChat extends XmppChat implements RichChat {
  readonly #user: XmppUser;
  readonly #place: XmppPlace;
  readonly #to: string;

  constructor(user: XmppUser, place: XmppPlace, to: string) {
    super(user, place, to);
    this.#user = user;
    this.#place = place;
    this.#to = to;
  }

  /** XMPP has no notices: they are said. */
  sayAs(style: 'emote' | 'notice', text: string): Promise<string> {
    return this.say(style === 'emote' ? `/me ${text}` : text);
  }

  /** XEP-0382 hides the whole message. */
  saySpoiler(text: string): Promise<string> {
    return this.#send([xml('body', {}, text), xml('spoiler', { xmlns: NS.spoiler })]);
  }

  sayCode(code: string, language: string): Promise<string> {
    return this.say(`\`\`\`${language}\n${code}\n\`\`\``);
  }

  mention(text: string): Promise<string> {
    const name = this.#to.split('@', 1)[0] ?? '';
    const attributes = { type: 'mention', begin: '0', end: String(name.length), uri: `xmpp:${this.#to}` };
    return this.#send([
      xml('body', {}, `${name}: ${text}`),
      xml('reference', { xmlns: NS.reference, ...attributes }),
    ]);
  }

  sayInThread(root: string, text: string): Promise<string> {
    return this.#send([xml('body', {}, text), xml('thread', {}, root)]);
  }

  async sendMedia(media: SampleMedia): Promise<string> {
    return this.#sendShared(await this.#shared(media), media.caption);
  }

  async sendGallery(items: readonly SampleMedia[], caption: string): Promise<string> {
    const shared: Stanza[] = [];
    for (const item of items) shared.push(...(await this.#shared(item)));
    return this.#sendShared(shared, caption);
  }

  sendPlace({ latitude, longitude, description }: SamplePlace): Promise<string> {
    const facts = { lat: String(latitude), lon: String(longitude), ...(description && { description }) };
    const children = Object.entries(facts).map(([name, value]) => xml(name, {}, value));
    const geoloc = xml('geoloc', { xmlns: NS.geoloc }, ...children);
    return this.#send([xml('body', {}, `geo:${latitude},${longitude}`), geoloc]);
  }

  /** XMPP has no polls: people write them down. */
  askPoll(question: string, answers: readonly string[]): Promise<string> {
    return this.say([question, ...answers.map((answer, at) => `${at + 1}. ${answer}`)].join('\n'));
  }

  vote(): Promise<void> {
    return Promise.reject(new Error('XMPP has no polls'));
  }

  endPoll(): Promise<void> {
    return Promise.reject(new Error('XMPP has no polls'));
  }

  async editCaption(target: string, media: SampleMedia, caption: string): Promise<string> {
    const replace = xml('replace', { xmlns: NS.correct, id: target });
    return this.#sendShared([...(await this.#shared(media)), replace], caption);
  }

  richSeen(): readonly RichSeen[] {
    return readRichly(() => this.incoming(), this.#user.jid);
  }

  async #shared(media: SampleMedia): Promise<readonly Stanza[]> {
    const { name, type, bytes, width, height, duration, blurhash, thumbnail, sort } = media;
    const url = await this.#user.upload(this.#place.uploadDomain, media);
    const small =
      thumbnail && `data:${thumbnail.type};base64,${Buffer.from(thumbnail.bytes).toString('base64')}`;
    const size = bytes.byteLength;
    return [
      fileParts({ url, name, type, size, width, height, length: duration, blurhash, thumbnail: small }),
      ...(sort === 'sticker'
        ? [xml('sticker', { xmlns: NS.stickers, pack: 'EpRv28DHHzFrE4zd+xaNpVb4' })]
        : []),
    ];
  }

  #sendShared(shared: readonly Stanza[], caption: string | undefined): Promise<string> {
    return this.#send([...(caption === undefined ? [] : [xml('body', {}, caption)]), ...shared]);
  }

  #send(parts: readonly Stanza[]): Promise<string> {
    return this.#user.sendMessage(this.#to, parts);
  }
}
