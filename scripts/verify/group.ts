import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../test/support/bridge-process.ts';
import type { ArchivedMessage } from '../../test/support/xmpp-user.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
import { attribute } from '../../test/support/xmpp-stanzas.ts';
import { emojis } from './content.ts';
import { isSecondPart, markOfStanza } from './marks.ts';
import type { MatrixPerson } from './matrix-person.ts';
import type { DeliveredMessage, ReflectedMessage } from './record.ts';
import { roomNameOf, RoomPerson } from './room-person.ts';

/** How many people on XMPP are in each group. */
export const PEOPLE = 3;
const AGAIN_MS = 15_000;

/** What a room's archive holds: what the Matrix user said there, and what the others said. */
export interface Archived {
  readonly delivered: readonly DeliveredMessage[];
  readonly reflected: readonly ReflectedMessage[];
}

/** The accounts that the XMPP server needs for so many groups. */
export function groupAccounts(
  groups: number,
): readonly { readonly local: string; readonly password: string }[] {
  return Array.from({ length: groups * PEOPLE }, (_, index) => ({
    local: `guest${index}`,
    password: 'secret',
  }));
}

/** A multi-user room on the XMPP server with some people in it, and the room that it has on Matrix. */
export class Group implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly people: readonly RoomPerson[];
  readonly #archive: ArchivedMessage[] = [];

  private constructor(name: string, address: string, people: readonly RoomPerson[]) {
    this.name = name;
    this.address = address;
    this.people = people;
  }

  /** Makes the room, and brings its people in. */
  static async make({ prosody }: Stack, index: number): Promise<Group> {
    const name = `group${index}`;
    const address = `${name}@${prosody.roomsDomain}`;
    const people: RoomPerson[] = [];
    for (let person = index * PEOPLE; person < (index + 1) * PEOPLE; person += 1) {
      const { service, domain, uploadDomain } = prosody;
      const login = { service, domain, username: `guest${person}`, password: 'secret' };
      const user = await XmppUser.login(login);
      people.push(
        new RoomPerson(
          user,
          { room: address, uploadDomain },
          `Guest ${person}`,
          emojis.people[person % PEOPLE] ?? '',
        ),
      );
      await people.at(-1)?.enter();
    }
    return new Group(name, address, people);
  }

  /** Everything that the room's archive holds, in the room's order. */
  async archived(): Promise<Archived> {
    const [reader] = this.people;
    const last = this.#archive.at(-1)?.archiveId;
    this.#archive.push(...((await reader?.user.roomArchive(this.address, last)) ?? []));
    return this.#read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.people) await person[Symbol.asyncDispose]();
  }

  #read(): Archived {
    const nicks = new Set(this.people.map(({ nick }) => nick));
    const marks = new Map<string, string>();
    const own = new Map<string, string>();
    const delivered: DeliveredMessage[] = [];
    const reflected: ReflectedMessage[] = [];
    for (const { message, archiveId, stamp } of this.#archive) {
      const text = markOfStanza(message, (id) => marks.get(id));
      const nick = (attribute(message, 'from') ?? '').split('/')[1];
      if (text === undefined || nick === undefined) continue;
      marks.set(archiveId, text);
      marks.set(roomNameOf(message, this.address) ?? archiveId, text);
      const said = { text, id: attribute(message, 'id') ?? '' };
      if (nicks.has(nick)) reflected.push({ text, at: Date.parse(stamp) });
      else if (!isSecondPart(said, (id) => own.get(id))) {
        own.set(said.id, text);
        delivered.push(said);
      }
    }
    return { delivered, reflected };
  }
}

/** Asks the bridge's bot to let the Matrix user into groups, in the management room. */
export class Doorkeeper {
  readonly #person: MatrixPerson;
  readonly #bot: string;
  #management: string | undefined;
  readonly #known = new Set<string>();
  #asked = 0;

  constructor(person: MatrixPerson, bot: string) {
    this.#person = person;
    this.#bot = bot;
  }

  /** Resolves to the room of the group once the user is in it. Who gets no answer asks again, as people do. */
  async join(address: string, signal: AbortSignal): Promise<string | undefined> {
    const management = await this.open(signal);
    while (management !== undefined && !signal.aborted) {
      this.#asked += 1;
      const content = { msgtype: 'm.text', body: `join xmpp ${address}` };
      await this.#person.send(management, `join-${this.#asked}`, 'm.room.message', content);
      const room = await this.#newRoom(AGAIN_MS, signal);
      if (room !== undefined) return room;
    }
    return undefined;
  }

  /** Opens the management room, where that was not done yet. */
  async open(signal: AbortSignal): Promise<string | undefined> {
    if (this.#management !== undefined) return this.#management;
    await this.#person.invite(this.#bot);
    this.#management = await this.#newRoom(60_000, signal);
    return this.#management;
  }

  async #newRoom(ms: number, signal: AbortSignal): Promise<string | undefined> {
    const deadline = performance.now() + ms;
    for (let looks = 1; performance.now() < deadline && !signal.aborted; looks += 1) {
      const room = this.#person.roomsWith(this.#bot).find((found) => !this.#known.has(found));
      if (room !== undefined) {
        this.#known.add(room);
        return room;
      }
      await sleep(50);
      if (looks % 60 === 0) await this.#person.refresh();
    }
    return undefined;
  }
}
