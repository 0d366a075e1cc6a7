import type { AppEvent } from '../../examples/partner-app/event.ts';
import type { OutgoingFile } from '../../examples/partner-app/outgoing-file.ts';
import type { Named } from '../../examples/partner-app/writing.ts';
import type { PartnerUser } from '../../examples/partner-app/user.ts';
import type { Media } from '../../src/core/media.ts';
import { boldIn } from './matrix-timeline.ts';
import type { Chat, RemotePerson, SampleFile, Seen } from './rig.ts';

/** A user of the partner app: somebody on the network `thirdparty`. */
export class PartnerRemote implements RemotePerson {
  readonly ghost: string;
  readonly user: PartnerUser;

  constructor(user: PartnerUser, ghost: string) {
    this.user = user;
    this.ghost = ghost;
  }

  get address(): string {
    return this.user.identifier;
  }

  chatWith(user: string): PartnerChat {
    return new PartnerChat(this.user, user);
  }

  /** The app sends nothing twice; what a network may deliver twice is in its own tests. */
  async sendAgain(): Promise<void> {
    await this.user.rest();
    await this.user.connect();
  }
}

type Timeline = ReturnType<PartnerUser['timeline']>;

/** Their end of a chat with a Matrix user, who is looked up when something is said first. */
export class PartnerChat implements Chat {
  readonly #app: PartnerUser;
  readonly #user: string;

  constructor(app: PartnerUser, user: string) {
    this.#app = app;
    this.#user = user;
  }

  async say(text: string): Promise<string> {
    return this.#app.sendText(await this.#address(), text);
  }

  async sayBold(text: string, word: string): Promise<string> {
    return this.say(text.replace(word, `*${word}*`));
  }

  async reply(target: string, text: string): Promise<string> {
    return this.#app.sendText(await this.#address(), text, { answers: this.#named(target) });
  }

  async edit(target: string, text: string): Promise<string> {
    return this.#app.edit(await this.#address(), target, text);
  }

  /** A person has one reaction to a message; the last counts. */
  async react(target: string, emojis: readonly string[]): Promise<void> {
    await this.#app.react(await this.#address(), this.#named(target), emojis.at(-1) ?? '');
  }

  async retract(target: string): Promise<void> {
    await this.#app.revoke(await this.#address(), target);
  }

  async sendFile({ name, type, bytes }: SampleFile): Promise<string> {
    const kind = type.startsWith('image/') ? 'image' : 'file';
    return this.send({ kind, name, mimetype: type, bytes: piecesOf(bytes) });
  }

  async send(file: OutgoingFile): Promise<string> {
    const sent = await this.#app.sendFile(await this.#address(), file);
    if (typeof sent !== 'string') throw new Error(`the app could not host a file: ${sent.reason}`);
    return sent;
  }

  async nothing(): Promise<string> {
    return '3EB0000000000000000000';
  }

  seen(): readonly Seen[] {
    return this.#theirs().flatMap(read);
  }

  isDelivered(id: string): boolean {
    return this.#all().some(
      (event) => event.kind === 'receipt' && event.of === id && event.about === 'delivered',
    );
  }

  isRefused(id: string): boolean {
    return this.#all().some((event) => event.kind === 'trouble' && event.mine && event.id === id);
  }

  /** The app's name of the chat, once either has said something. */
  known(): string | undefined {
    return this.#app.people().find(({ foundBy, name }) => foundBy === this.#user || name === this.#user)
      ?.address;
  }

  async #address(): Promise<string> {
    const known = this.known();
    if (known !== undefined) return known;
    const found = await this.#app.lookUp(this.#user);
    if ('reason' in found) throw new Error(`${this.#user} is not found: ${found.reason}`);
    return found.address;
  }

  #all(): Timeline {
    const chat = this.known();
    return this.#app.timeline().filter((event) => event.chat === chat);
  }

  #theirs(): Timeline {
    return this.#all().filter((event) => 'mine' in event && !event.mine);
  }

  #named(id: string): Named {
    return {
      id,
      mine: this.#all().some((event) => event.kind === 'message' && event.mine && event.id === id),
    };
  }
}

function read(event: AppEvent): readonly Seen[] {
  switch (event.kind) {
    case 'message': {
      const { id, content, replyTo } = event;
      if (content.kind === 'text') {
        const { plain, html = '' } = content.text;
        const bold = boldIn(html);
        // The app shows marks as what they mean.
        const text = bold.reduce((words, word) => words.replace(`*${word}*`, word), plain);
        return [{ kind: 'text', id, text, bold, replyTo }];
      }
      if (content.kind !== 'media') return [];
      const { media } = content;
      const load = (): Promise<Uint8Array> => whole(media);
      return [{ kind: 'file', id, name: media.name, image: media.kind === 'image', load }];
    }
    case 'edit': {
      const text = event.content.kind === 'text' ? event.content.text.plain : '';
      return [{ kind: 'edit', target: event.of, text }];
    }
    case 'reaction':
      return [{ kind: 'reactions', target: event.to, emojis: event.emoji === '' ? [] : [event.emoji] }];
    case 'revoke':
      return [{ kind: 'retraction', target: event.of }];
    case 'timer':
    case 'unsupported':
    case 'receipt':
    case 'trouble':
    case 'identity-changed':
    case 'typing':
    case 'presence':
    case 'link':
    case 'mailbox-read':
      return [];
  }
}

async function whole(media: Media): Promise<Uint8Array> {
  const opened = await media.open(AbortSignal.timeout(30_000));
  if (opened.kind === 'failed') throw new Error(`the app could not fetch a file: ${opened.reason}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
