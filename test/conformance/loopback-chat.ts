import type { LoopbackPerson, LoopbackWorld, Received } from '../../src/networks/loopback/index.ts';
import { boldIn } from './matrix-timeline.ts';
import type { Chat, RemotePerson, SampleFile, Seen } from './rig.ts';

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

  chatWith(user: string): Chat {
    return new LoopbackChat(this.#world, this.#person, user);
  }

  async sendAgain(id: string): Promise<void> {
    this.#person.resend(id);
  }
}

class LoopbackChat implements Chat {
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
    case 'membership':
    case 'info':
    case 'receipt':
    case 'code':
    case 'refusal':
      return [];
  }
}
