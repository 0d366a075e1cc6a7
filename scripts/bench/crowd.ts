import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where the crowd's component may connect. */
export interface CrowdPlace {
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
  readonly room: string;
}

const muc = 'http://jabber.org/protocol/muc';
const patienceMs = 300_000;

/**
 * Thousands of occupants of one room who cost little: the addresses of an external component (XEP-0114). What the room sends
 * to them is not parsed; only words that are waited for are looked for in it.
 */
export class Crowd implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #place: CrowdPlace;
  readonly #waiting = new Map<string, () => void>();
  #tail = '';

  private constructor(socket: Socket, place: CrowdPlace) {
    this.#socket = socket;
    this.#place = place;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#read(bytes.toString('latin1')));
  }

  static async connect(place: CrowdPlace): Promise<Crowd> {
    const socket = connect(place.port, '127.0.0.1');
    await once(socket, 'connect');
    const crowd = new Crowd(socket, place);
    const namespaces = `xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'`;
    const opened = crowd.#stream();
    socket.write(`<?xml version='1.0'?><stream:stream ${namespaces} to='${place.domain}'>`);
    const digest = createHash('sha1')
      .update((await opened) + place.secret)
      .digest('hex');
    const accepted = crowd.heard('<handshake');
    socket.write(`<handshake>${digest}</handshake>`);
    await accepted;
    return crowd;
  }

  /** Lets so many enter a room that is made for it. The server is to tell them nothing of each other (mod_quiet_crowd). */
  async fill(count: number): Promise<void> {
    await this.#enter(0);
    await this.#configure();
    for (let first = 1; first < count; first += 100) {
      const last = Math.min(count, first + 100) - 1;
      for (let index = first; index < last; index += 1) this.#send(this.#presence(index));
      await this.#enter(last);
    }
  }

  /** One of them says something; resolves when the room has said it back to somebody. */
  async say(index: number, text: string): Promise<void> {
    const { room } = this.#place;
    const heard = this.heard(`>${text}<`);
    this.#send(
      `<message type='groupchat' from='${this.#address(index)}' to='${room}' id='${text}'><body>${text}</body></message>`,
    );
    await heard;
  }

  /** Resolves once the server has sent these letters. */
  async heard(words: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const impatience = setTimeout(() => reject(new Error(`"${words}" was not heard`)), patienceMs);
    this.#waiting.set(words, () => resolve(undefined));
    await promise;
    clearTimeout(impatience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  async #stream(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const look = (): void => {
      const [, id] = /<stream:stream[^>]* id=['"]([^'"]+)['"]/.exec(this.#tail) ?? [];
      if (id === undefined) return;
      this.#socket.off('data', look);
      resolve(id);
    };
    this.#socket.on('data', look);
    return promise;
  }

  async #enter(index: number): Promise<void> {
    const entered = this.heard(`to='${this.#address(index)}'`);
    this.#send(this.#presence(index));
    await entered;
  }

  async #configure(): Promise<void> {
    const id = 'configure';
    const field = (name: string, values: readonly string[]): string =>
      `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join('')}</field>`;
    const fields = [
      field('FORM_TYPE', [`${muc}#roomconfig`]),
      field('muc#roomconfig_persistentroom', ['1']),
    ].join('');
    const form = `<x xmlns='jabber:x:data' type='submit'>${fields}</x>`;
    const done = this.heard(`id='${id}'`);
    this.#send(
      `<iq type='set' id='${id}' from='${this.#address(0)}' to='${this.#place.room}'><query xmlns='${muc}#owner'>${form}</query></iq>`,
    );
    await done;
  }

  #presence(index: number): string {
    const history = `<history maxstanzas='0'/>`;
    return `<presence from='${this.#address(index)}' to='${this.#place.room}/Person ${index}'><x xmlns='${muc}'>${history}</x></presence>`;
  }

  #address(index: number): string {
    return `p${index}@${this.#place.domain}/x`;
  }

  #send(stanza: string): void {
    this.#socket.write(stanza);
  }

  #read(text: string): void {
    const all = this.#tail + text;
    for (const [words, found] of this.#waiting) {
      if (!all.includes(words)) continue;
      this.#waiting.delete(words);
      found();
    }
    this.#tail = all.slice(-1_000);
  }
}
