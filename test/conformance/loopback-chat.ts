import { escapeHtml } from '../../src/core/html.ts';
import type { LoopbackPerson, LoopbackWorld, Received, SentFile } from '../../src/networks/loopback/index.ts';
import { boldIn } from './matrix-timeline.ts';
import type { RichChat, RichSeen, SampleMedia, SamplePlace } from './rich-chat.ts';
import { readRichPacket } from './rich-loopback.ts';
import type { RemotePerson, SampleFile, Seen } from './rig.ts';

/** A person of the loopback world. */
export class LoopbackRemote implements RemotePerson {
  readonly ghost: string;
  readonly #world: LoopbackWorld;
  readonly #person: LoopbackPerson;

  constructor(world: LoopbackWorld, person: LoopbackPerson, ghost: string) {
    this.#world = world;
    this.#person = person;
    this.ghost = ghost;
  }

  get address(): string {
    return this.#person.id;
  }

  chatWith(user: string): LoopbackChat {
    return new LoopbackChat(this.#world, this.#person, user);
  }

  async sendAgain(id: string): Promise<void> {
    this.#person.resend(id);
  }
}

/** Their end of a chat with a Matrix user. */
export class LoopbackChat implements RichChat {
  readonly #world: LoopbackWorld;
  readonly #person: LoopbackPerson;
  readonly #user: string;

  constructor(world: LoopbackWorld, person: LoopbackPerson, user: string) {
    this.#world = world;
    this.#person = person;
    this.#user = user;
  }

  async say(text: string): Promise<string> {
    return this.#person.send(this.#user, text);
  }

  async sayBold(text: string, word: string): Promise<string> {
    return this.#person.send(this.#user, text, { html: text.replace(word, `<b>${word}</b>`) });
  }

  async reply(target: string, text: string): Promise<string> {
    return this.#person.reply(this.#user, target, text);
  }

  async edit(target: string, text: string): Promise<string> {
    return this.#person.edit(this.#user, target, text);
  }

  async react(target: string, emojis: readonly string[]): Promise<void> {
    this.#person.react(this.#user, target, emojis);
  }

  async retract(target: string): Promise<void> {
    this.#person.retract(this.#user, target);
  }

  async sendFile({ name, type, bytes }: SampleFile): Promise<string> {
    const media = type.startsWith('image/') ? 'image' : 'file';
    return this.#person.sendFile(this.#user, { media, name, mimetype: type, bytes });
  }

  async sayAs(style: 'emote' | 'notice', text: string): Promise<string> {
    return this.#person.send(this.#user, text, { style });
  }

  async saySpoiler(text: string, hidden: string): Promise<string> {
    const html = text.replace(hidden, `<span data-mx-spoiler>${hidden}</span>`);
    return this.#person.send(this.#user, text, { html });
  }

  async sayCode(code: string, language: string): Promise<string> {
    const html = `<pre><code class="language-${language}">${escapeHtml(code)}\n</code></pre>`;
    return this.#person.send(this.#user, code, { html });
  }

  async mention(text: string): Promise<string> {
    return this.#person.send(this.#user, `${this.#user}: ${text}`, { mentions: [this.#user] });
  }

  async sayInThread(root: string, text: string): Promise<string> {
    return this.#person.send(this.#user, text, { thread: root });
  }

  async sendMedia(media: SampleMedia): Promise<string> {
    const { caption } = media;
    return this.#person.sendFile(this.#user, {
      ...sent(media),
      ...(caption === undefined ? {} : { caption }),
    });
  }

  async sendGallery(items: readonly SampleMedia[], caption: string): Promise<string> {
    const placed = items.map((item) => this.#person.placed(sent(item)));
    return this.#person.sendBody(this.#user, { kind: 'gallery', items: placed, caption });
  }

  async sendPlace(place: SamplePlace): Promise<string> {
    return this.#person.sendBody(this.#user, { kind: 'location', ...place });
  }

  async askPoll(question: string, answers: readonly string[], maxSelections: number): Promise<string> {
    const named = answers.map((text, index) => ({ id: `answer-${index}`, text }));
    return this.#person.sendBody(this.#user, {
      ...{ kind: 'poll', question, answers: named, maxSelections, disclosed: true },
    });
  }

  async vote(poll: string, choices: readonly string[]): Promise<void> {
    const ids = this.#person
      .answersOf(poll)
      .filter(({ text }) => choices.includes(text))
      .map(({ id }) => id);
    this.#person.sendBody(this.#user, { kind: 'vote', target: poll, choices: ids });
  }

  async endPoll(poll: string): Promise<void> {
    this.#person.sendBody(this.#user, { kind: 'poll-end', target: poll });
  }

  async editCaption(target: string, media: SampleMedia, caption: string): Promise<string> {
    const content = { kind: 'file', ...this.#person.placed(sent(media)), caption } as const;
    return this.#person.sendBody(this.#user, { kind: 'edit', target, content });
  }

  richSeen(): readonly RichSeen[] {
    return this.#person.inbox
      .filter(({ from }) => from === this.#user)
      .flatMap((packet) => readRichPacket(packet, this.#world, this.#person));
  }

  async nothing(): Promise<string> {
    return 'never-sent';
  }

  seen(): readonly Seen[] {
    return this.#person.inbox
      .filter(({ from }) => from === this.#user)
      .flatMap((packet) => readPacket(this.#world, packet));
  }

  isDelivered(id: string): boolean {
    return this.#person.acknowledged.includes(id);
  }

  isRefused(id: string): boolean {
    return this.#person.inbox.some(({ body }) => body.kind === 'refusal' && body.target === id);
  }
}

/** A packet as a person's client shows it. */
export function readPacket(world: LoopbackWorld, { id, body }: Received): readonly Seen[] {
  switch (body.kind) {
    case 'text':
      return [{ kind: 'text', id, text: body.text, bold: boldIn(body.html ?? ''), replyTo: body.replyTo }];
    case 'file': {
      const load = async (): Promise<Uint8Array> => world.files.whole(body.file) ?? new Uint8Array();
      return [{ kind: 'file', id, name: body.name, image: body.media === 'image', load }];
    }
    case 'edit':
      return [
        { kind: 'edit', target: body.target, text: body.content.kind === 'text' ? body.content.text : '' },
      ];
    case 'reaction':
      return [{ kind: 'reactions', target: body.target, emojis: body.emojis }];
    case 'retraction':
      return [{ kind: 'retraction', target: body.target }];
    case 'gallery':
    case 'location':
    case 'poll':
    case 'vote':
    case 'poll-end':
    case 'membership':
    case 'info':
    case 'call':
    case 'timer':
    case 'identity':
    case 'receipt':
    case 'code':
    case 'refusal':
      return [];
  }
}

function sent(media: SampleMedia): SentFile {
  const { sort, name, type, bytes, width, height, duration, blurhash, waveform, thumbnail } = media;
  return {
    ...{ media: sort, name, mimetype: type, bytes, width, height, duration, blurhash },
    waveform: waveform === undefined ? undefined : [...waveform],
    ...(thumbnail === undefined ? {} : { thumbnail: { mimetype: thumbnail.type, bytes: thumbnail.bytes } }),
  };
}
