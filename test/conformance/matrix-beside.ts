import { randomUUID } from 'node:crypto';
import type { MatrixUser } from '../support/matrix-user.ts';
import type { SeenEvent } from '../support/matrix-event.ts';
import type { BesidePair } from './beside-chat.ts';
import { eventually } from './eventually.ts';
import { MatrixChat } from './matrix-chat.ts';
import { SdkPerson } from './matrix-person.ts';
import type { Pair } from './stage.ts';

const timerType = 'com.beeper.disappearing_timer';

/** The SDK's client, whose types know only the events that it knows itself. */
interface AnyStateSender {
  sendStateEvent(room: string, type: string, content: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** The end of a Matrix user at matrix-js-sdk. */
export function matrixBeside({ matrix, matrixChat, remote }: Pair): BesidePair['matrix'] {
  if (!(matrix instanceof SdkPerson) || !(matrixChat instanceof MatrixChat)) throw new Error('no such user');
  return new MatrixEnd(matrix, matrixChat.roomId, remote.ghost);
}

class MatrixEnd {
  readonly #person: SdkPerson;
  readonly #user: MatrixUser;
  readonly #room: string;
  readonly #ghost: string;

  constructor(person: SdkPerson, room: string, ghost: string) {
    this.#person = person;
    this.#user = person.client;
    this.#room = room;
    this.#ghost = ghost;
  }

  async ring(): Promise<string> {
    const call = randomUUID();
    const offer = { type: 'offer', sdp: 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n' };
    const content = { call_id: call, party_id: 'me', version: '1', lifetime: 60_000, offer };
    await this.#user.sendEvent(this.#room, 'm.call.invite', content);
    return call;
  }

  isDeclined(call: string): boolean {
    return this.#ghosts('m.call.reject').some(({ content }) => content['call_id'] === call);
  }

  sayFor(text: string, seconds: number): Promise<string> {
    const timer = { type: 'after_send', timer: seconds * 1_000 };
    return this.#user.sendMessage(this.#room, { msgtype: 'm.text', body: text, [timerType]: timer });
  }

  async setTimer(seconds: number | undefined): Promise<void> {
    const content = seconds === undefined ? {} : { type: 'after_send', timer: seconds * 1_000 };
    const sender: AnyStateSender = this.#user.sdk;
    await sender.sendStateEvent(this.#room, timerType, content);
  }

  timer(): number | undefined {
    const last = this.#user.timeline(this.#room).findLast(({ type }) => type === timerType);
    return secondsIn(last?.content);
  }

  timeOf(text: string): number | undefined {
    const said = this.#said(text)?.content[timerType];
    return secondsIn(typeof said === 'object' && said !== null ? { ...said } : undefined);
  }

  isGone(text: string): boolean {
    const said = this.#said(text);
    const redactions = this.#user.timeline(this.#room).filter(({ type }) => type === 'm.room.redaction');
    return redactions.some(({ content, redacts }) => [redacts, content['redacts']].includes(said?.eventId));
  }

  async read(text: string): Promise<void> {
    await this.#user.markRead(this.#room, this.#said(text)?.eventId ?? '');
  }

  async command(words: string, answer: RegExp): Promise<string> {
    const before = this.#person.notices().length;
    await this.#person.command(words);
    return eventually(`an answer to ${words}`, () =>
      this.#person
        .notices()
        .slice(before)
        .find((notice) => answer.test(notice)),
    );
  }

  #said(text: string): SeenEvent | undefined {
    return this.#user.timeline(this.#room).find(({ content }) => content['body'] === text);
  }

  #ghosts(type: string): readonly SeenEvent[] {
    return this.#user
      .timeline(this.#room)
      .filter((event) => event.sender === this.#ghost && event.type === type);
  }
}

function secondsIn(timer: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const ms = timer?.['timer'];
  return typeof ms === 'number' ? ms / 1_000 : undefined;
}
