import { emojis, fileOf, place, type Kind } from './content.ts';
import { reactionMark } from './marks.ts';
import type { MatrixPerson } from './matrix-person.ts';

/** A message that can be corrected or reacted to. */
interface Known {
  readonly eventId: string;
  readonly text: string;
}

/** Writes everything that the Matrix user is to write into one room. */
export class MatrixWriter {
  readonly #person: MatrixPerson;
  /** The user's own last text, which corrections are about. */
  #own: Known | undefined;
  readonly #reacted = new Set<string>();

  constructor(person: MatrixPerson) {
    this.#person = person;
  }

  /** Writes something under a name of its own; resolves to its mark once the homeserver has it. */
  async write(room: string, name: string, kind: Kind): Promise<string> {
    switch (kind) {
      case 'text':
        return this.#text(room, name);
      case 'edit':
        return this.#own === undefined ? this.#text(room, name) : this.#edit(room, name, this.#own);
      case 'reaction': {
        const target = [this.#person.lastIn(room), this.#own].find(
          (known) => known !== undefined && !this.#reacted.has(known.eventId),
        );
        return target === undefined ? this.#text(room, name) : this.#react(room, name, target);
      }
      case 'file':
        return this.#file(room, name);
      case 'location': {
        const uri = `geo:${place.latitude},${place.longitude}`;
        const described = { 'org.matrix.msc3488.location': { uri, description: name } };
        return this.#message(room, name, {
          ...{ msgtype: 'm.location', body: name, geo_uri: uri },
          ...described,
        });
      }
    }
  }

  async #text(room: string, name: string): Promise<string> {
    const content = { msgtype: 'm.text', body: name };
    const eventId = await this.#person.send(room, name, 'm.room.message', content);
    this.#own = { eventId, text: name };
    return name;
  }

  #edit(room: string, name: string, { eventId }: Known): Promise<string> {
    const fresh = { msgtype: 'm.text', body: name };
    return this.#message(room, name, {
      ...{ msgtype: 'm.text', body: `* ${name}`, 'm.new_content': fresh },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    });
  }

  async #react(room: string, name: string, { eventId, text }: Known): Promise<string> {
    this.#reacted.add(eventId);
    const relation = { rel_type: 'm.annotation', event_id: eventId, key: emojis.matrix };
    await this.#person.send(room, name, 'm.reaction', { 'm.relates_to': relation });
    return reactionMark(emojis.matrix, text);
  }

  async #file(room: string, mark: string): Promise<string> {
    const { name, type, bytes } = fileOf(mark);
    const url = await this.#person.upload(room, name, type, bytes);
    const info = { mimetype: type, size: bytes.byteLength };
    return this.#message(room, mark, { msgtype: 'm.file', body: name, filename: name, url, info });
  }

  async #message(room: string, mark: string, content: Readonly<Record<string, unknown>>): Promise<string> {
    await this.#person.send(room, mark, 'm.room.message', content);
    return mark;
  }
}
