import { randomUUID } from 'node:crypto';
import type { EventOf, TimelineEvent } from '../../examples/partner-app/event.ts';
import { bytesOf, type OutgoingFile } from '../../examples/partner-app/outgoing-file.ts';
import type { PartnerUser } from '../../examples/partner-app/user.ts';
import type { Media } from '../../src/core/media.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import { gathered } from '../support/byte-streams.ts';
import type { RichChat, RichSeen, SampleMedia, SamplePlace } from './rich-chat.ts';
import type { SampleFile, Seen } from './rig.ts';
import { codeIn } from './rich-timeline.ts';

/** A provider's user in a chat with somebody of the homeserver, whom the user has found or finds by Matrix ID. */
export class PartnerChat implements RichChat {
  readonly user: PartnerUser;
  /** The Matrix ID of the other. */
  readonly with: string;
  /** Names of what was for somebody who is not there. */
  readonly #lost = new Set<string>();

  constructor(user: PartnerUser, matrixId: string) {
    this.user = user;
    this.with = matrixId;
  }

  /** The address of the other, where it was found. */
  get address(): string {
    return this.#known ?? '';
  }

  get #known(): string | undefined {
    const people = this.user.people();
    // Who has written and was not found goes by the name that the host vouches for.
    const person = people.find(({ foundBy }) => foundBy === this.with);
    return (person ?? people.find(({ name }) => name === this.with))?.address;
  }

  /** Does something in the chat; where there is nobody, what was to be sent has a name that is refused. */
  async #to(send: (address: string) => Promise<string>): Promise<string> {
    const known = this.#known;
    const person = known === undefined ? await this.user.lookUp(this.with) : { address: known };
    if (!('reason' in person)) return send(person.address);
    const id = await this.nothing();
    this.#lost.add(id);
    return id;
  }

  say(text: string): Promise<string> {
    return this.#to((address) => this.user.sendText(address, text));
  }

  sayBold(text: string, word: string): Promise<string> {
    return this.say(text.replace(word, `*${word}*`));
  }

  reply(target: string, text: string): Promise<string> {
    return this.user.sendText(this.address, text, { answers: this.#named(target) });
  }

  edit(target: string, text: string): Promise<string> {
    return this.#to((address) => this.user.edit(address, target, text));
  }

  /** A person has one reaction there. */
  async react(target: string, emojis: readonly string[]): Promise<void> {
    await this.user.react(this.address, this.#named(target), emojis.at(-1) ?? '');
  }

  async retract(target: string): Promise<void> {
    await this.user.revoke(this.address, target);
  }

  sendFile(file: SampleFile): Promise<string> {
    const [sort = ''] = file.type.split('/');
    const isShown = sort === 'image' || sort === 'video' || sort === 'audio';
    return this.sendMedia({ ...file, sort: isShown ? sort : 'file' });
  }

  async nothing(): Promise<string> {
    return messageIdFor(randomUUID());
  }

  seen(): readonly Seen[] {
    return this.#incoming().flatMap((event): readonly Seen[] => {
      switch (event.kind) {
        case 'message':
          return said(event);
        case 'edit':
          return [{ kind: 'edit', target: event.of, text: wordsOf(event) }];
        case 'reaction':
          return [{ kind: 'reactions', target: event.to, emojis: event.emoji === '' ? [] : [event.emoji] }];
        case 'revoke':
          return [{ kind: 'retraction', target: event.of }];
        default:
          return [];
      }
    });
  }

  isDelivered(id: string): boolean {
    return this.#mine().some(
      (event) => event.kind === 'receipt' && event.of === id && event.about === 'delivered',
    );
  }

  isRefused(id: string): boolean {
    return (
      this.#lost.has(id) ||
      this.#mine().some((event) => event.kind === 'trouble' && event.mine && event.id === id)
    );
  }

  sayAs(style: 'emote' | 'notice', text: string): Promise<string> {
    return this.say(style === 'emote' ? `/me ${text}` : text);
  }

  /** There are no spoilers there. */
  saySpoiler(text: string): Promise<string> {
    return this.say(text);
  }

  sayCode(code: string): Promise<string> {
    return this.say(`\`\`\`\n${code}\n\`\`\``);
  }

  mention(text: string): Promise<string> {
    const [name = ''] = this.address.split('@', 1);
    return this.user.sendText(this.address, `@${name}: ${text}`, { calls: [this.address] });
  }

  /** There are no threads there: people answer what began them. */
  sayInThread(root: string, text: string): Promise<string> {
    return this.reply(root, text);
  }

  async sendMedia(media: SampleMedia): Promise<string> {
    if (media.sort === 'contact') {
      const card = Buffer.from(media.bytes).toString();
      return this.user.sendContact(this.address, media.name, card.replaceAll('\r\n', '\n'));
    }
    const sent = await this.user.sendFile(this.address, outgoing(media, media.sort));
    if (typeof sent !== 'string') throw new Error(`The file cannot be sent: ${sent.reason}`);
    return sent;
  }

  /** There are no galleries there: people send one file after the other. */
  async sendGallery(items: readonly SampleMedia[], caption: string): Promise<string> {
    const [first, ...rest] = items;
    if (first === undefined) throw new Error('nothing to send');
    const id = await this.sendMedia({ ...first, caption });
    for (const item of rest) await this.sendMedia(item);
    return id;
  }

  sendPlace({ latitude, longitude, description }: SamplePlace): Promise<string> {
    return this.user.sendPlace(this.address, { latitude, longitude, accuracy: undefined, description });
  }

  /** There are no polls there: people write them down. */
  askPoll(question: string, answers: readonly string[]): Promise<string> {
    return this.say([question, ...answers.map((answer, at) => `${at + 1}. ${answer}`)].join('\n'));
  }

  vote(): Promise<void> {
    return Promise.reject(new Error('there are no polls in third-party chats'));
  }

  endPoll(): Promise<void> {
    return Promise.reject(new Error('there are no polls in third-party chats'));
  }

  editCaption(target: string, _media: SampleMedia, caption: string): Promise<string> {
    return this.user.edit(this.address, target, caption);
  }

  richSeen(): readonly RichSeen[] {
    return this.#incoming().flatMap((event): readonly RichSeen[] => {
      if (event.kind === 'edit') return [{ kind: 'changed', target: event.of, text: wordsOf(event) }];
      return event.kind === 'message' ? richlySaid(event) : [];
    });
  }

  #named(id: string): { readonly id: string; readonly mine: boolean } {
    const mine = this.#mine().some((event) => event.kind === 'message' && event.mine && event.id === id);
    return { id, mine };
  }

  #mine(): readonly TimelineEvent[] {
    return this.user.timeline().filter(({ chat }) => chat === this.address);
  }

  #incoming(): readonly TimelineEvent[] {
    return this.#mine().filter((event) => 'mine' in event && !event.mine);
  }
}

function outgoing(media: SampleMedia, kind: OutgoingFile['kind']): OutgoingFile {
  const { name, type: mimetype, bytes, caption, width, height, duration, waveform, thumbnail } = media;
  const isJpeg = thumbnail?.type === 'image/jpeg';
  return {
    ...{ kind, name, mimetype, bytes: bytesOf(bytes), caption, width, height, duration, waveform },
    ...(isJpeg ? { thumbnail: thumbnail.bytes } : {}),
  };
}

/** What an edit says from now on. */
function wordsOf({ content }: EventOf<'edit'>): string {
  if (content.kind === 'text') return content.text.plain;
  return content.kind === 'media' ? (content.caption?.plain ?? '') : '';
}

function said({ id, content, replyTo }: EventOf<'message'>): readonly Seen[] {
  switch (content.kind) {
    case 'text': {
      const html = content.text.html ?? '';
      const bold = [...html.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, text]) => text ?? '');
      return [{ kind: 'text', id, text: content.text.plain, bold, replyTo }];
    }
    case 'media': {
      const { media } = content;
      return [{ kind: 'file', id, name: media.name, image: media.kind === 'image', load: () => load(media) }];
    }
    default:
      return [];
  }
}

function richlySaid({ id, content, replyTo, mentionsMe }: EventOf<'message'>): readonly RichSeen[] {
  switch (content.kind) {
    case 'text': {
      const code = codeIn(content.text.html ?? '');
      const words = { text: content.text.plain, style: content.style, spoilers: [], code };
      return [{ kind: 'said', id, ...words, mentionsMe, replyTo, thread: undefined }];
    }
    case 'media':
      return [fileSeen(id, content.media, content.caption?.plain)];
    case 'location': {
      const { latitude, longitude, description } = content.place;
      return [
        {
          ...{ kind: 'place', id },
          place: { latitude, longitude, ...(description === undefined ? {} : { description }) },
        },
      ];
    }
    default:
      return [];
  }
}

function fileSeen(id: string, media: Media, caption: string | undefined): RichSeen {
  const { kind: sort, name, mimetype: type, width, height, duration, waveform, thumbnail } = media;
  return {
    ...{ kind: 'media', id, sort, name, type, caption, width, height, duration, waveform },
    blurhash: undefined,
    load: () => load(media),
    loadThumbnail: thumbnail === undefined ? undefined : () => load(thumbnail),
  };
}

async function load({ open }: Pick<Media, 'open'>): Promise<Uint8Array> {
  const opened = await open(AbortSignal.timeout(20_000));
  if (opened.kind === 'failed') throw new Error(`The file cannot be had: ${opened.reason}`);
  return new Uint8Array(await gathered(opened.stream));
}
