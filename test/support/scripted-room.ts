import { setImmediate as turn } from 'node:timers/promises';
import xml, { type Element } from '@xmpp/xml';
import { parse } from 'ltx';
import { remoteChatId } from '../../src/core/ids.ts';
import type { Link } from '../../src/networks/xmpp/client.ts';
import type { Answer, Request } from '../../src/networks/xmpp/iq.ts';
import { createAddressBook } from '../../src/networks/xmpp/ids.ts';
import { namespaces as ns } from '../../src/networks/xmpp/muc/namespaces.ts';
import { OwnMarks } from '../../src/networks/xmpp/muc/own-marks.ts';
import { RoomGroups } from '../../src/networks/xmpp/muc/room-groups.ts';
import { Rooms } from '../../src/networks/xmpp/muc/rooms.ts';
import type { Log } from '../../src/core/task.ts';
import { quietLog, RecordingSink } from './recording-sink.ts';

export const roomAddress = 'room@conf.test';
export const botAddress = 'gate.test/matrix';

interface Archived {
  readonly id: string;
  readonly stanza: Element;
  readonly at: number;
}

/** A room's service as a test scripts it, with the bridge's rooms on the other end of the link. */
export class ScriptedRoom {
  readonly sink = new RecordingSink();
  readonly rooms: Rooms;
  readonly groups: RoomGroups;
  /** Presence that the bridge sent, as XML. */
  readonly presence: string[] = [];
  readonly archive: Archived[] = [];
  features = ['http://jabber.org/protocol/muc', ns.mam, ns.occupantId];
  /** Answers an address that wants in, or another nickname, with an error condition, or with `silence`. */
  refuse: (address: string, nick: string) => string | undefined = () => undefined;
  /** Who is in, by the full address, with their nickname. */
  readonly inside = new Map<string, string>();
  /** Done before a page of the archive is answered. */
  beforePage: () => Promise<void> = async () => undefined;
  pages = 0;
  /** The conditions that the next pages are refused with. */
  failPages: string[] = [];
  pageSize = 1000;

  constructor(settings: { readonly mostOccupants?: number; readonly log?: Log } = {}) {
    const link: Link = {
      post: (stanza) => this.#posted(stanza),
      deliver: async (stanzas) => {
        await turn();
        return stanzas.length > 0;
      },
      ask: (request) => this.#asked(request),
    };
    this.rooms = new Rooms({
      link,
      sink: this.sink,
      addresses: createAddressBook('gate.test', 'hs.test'),
      ...{ resource: 'matrix', botNick: 'Bridge', log: settings.log ?? quietLog, now: Date.now },
      counted: (work) => work(),
      marks: new OwnMarks([new Uint8Array(32).fill(7)]),
      mostOccupants: settings.mostOccupants ?? 5000,
      catchUp: { pageSize: 50, most: 1000, oldestMs: 30 * 24 * 60 * 60_000 },
      times: { enterMs: 2000, backOff: { firstMs: 10, longestMs: 20 } },
      checkMs: 60_000_000,
    });
    const addresses = createAddressBook('gate.test', 'hs.test');
    this.groups = new RoomGroups({ link, addresses, rooms: this.rooms, enterMs: 2000 });
  }

  /** What the core remembers of the room. */
  remember(members: RecordingSink['joined'][number]['members'], position: string | undefined): void {
    this.sink.joined = [{ chat: remoteChatId(roomAddress), members, position }];
  }

  /** Somebody says something: kept in the archive, and told to all of ours who are in. */
  say(nick: string, body: string, id = body, ...more: readonly Element[]): void {
    const name = `s-${this.archive.length}`;
    const make = (): Element =>
      xml(
        'message',
        { type: 'groupchat', from: `${roomAddress}/${nick}`, id },
        xml('body', {}, body),
        ...more.map(copyOf),
        xml('occupant-id', { xmlns: ns.occupantId, id: `of ${nick}` }),
      );
    this.archive.push({ id: name, stanza: make(), at: Date.now() });
    const stanzaId = xml('stanza-id', { xmlns: ns.stanzaId, by: roomAddress, id: name });
    for (const to of [...this.inside.keys()]) {
      const stanza = make();
      stanza.append(copyOf(stanzaId));
      stanza.attrs['to'] = to;
      this.rooms.takeMessage(stanza);
    }
  }

  /** Presence of an occupant, to all of ours. */
  see(nick: string, attributes: Readonly<Record<string, string>> = {}, codes: readonly string[] = []): void {
    for (const to of [...this.inside.keys()]) this.#tell(to, nick, attributes, codes);
  }

  /** Somebody of ours is put out. */
  putOut(address: string, codes: readonly string[]): void {
    const nick = this.inside.get(address) ?? '';
    this.#tell(address, nick, { type: 'unavailable' }, ['110', ...codes]);
    this.inside.delete(address);
  }

  /** The texts that arrived, in order. */
  texts(): readonly string[] {
    return this.sink.arrivals.all.flatMap(({ raw }) => /<body>([^<]*)</.exec(raw)?.[1] ?? []);
  }

  #tell(
    to: string,
    nick: string,
    attributes: Readonly<Record<string, string>>,
    codes: readonly string[],
  ): void {
    const item = xml('item', { affiliation: 'none', role: attributes['role'] ?? 'participant' });
    const statuses = codes.map((code) => xml('status', { code }));
    const type = attributes['type'] === undefined ? {} : { type: attributes['type'] };
    this.rooms.takePresence(
      xml(
        'presence',
        { from: `${roomAddress}/${nick}`, to, ...type },
        xml('x', { xmlns: ns.mucUser }, item, ...statuses),
        xml('occupant-id', { xmlns: ns.occupantId, id: `of ${nick}` }),
      ),
    );
  }

  #posted(stanza: Element): void {
    this.presence.push(stanza.toString());
    const from = String(stanza.attrs['from']);
    const nick = String(stanza.attrs['to']).slice(roomAddress.length + 1);
    setImmediate(() => {
      if (stanza.attrs['type'] === 'unavailable') {
        this.inside.delete(from);
        return;
      }
      const condition = this.refuse(from, nick);
      if (condition === 'silence') return;
      if (condition === undefined) {
        const before = this.inside.get(from);
        if (before !== undefined && before !== nick) {
          this.#tell(from, before, { type: 'unavailable' }, ['110', '303']);
        }
        this.inside.set(from, nick);
        this.#tell(from, nick, {}, ['110']);
        return;
      }
      const error = xml('error', {}, xml(condition, { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }));
      this.rooms.takePresence(
        xml('presence', { type: 'error', from: `${roomAddress}/${nick}`, to: from }, error),
      );
    });
  }

  async #asked({ from, child }: Request): Promise<Answer> {
    await turn();
    if (child.is('query', ns.discoInfo)) {
      const identity = xml('identity', { category: 'conference', type: 'text', name: 'The room' });
      const features = this.features.map((feature) => xml('feature', { var: feature }));
      return result(xml('query', ns.discoInfo, identity, ...features));
    }
    if (child.is('ping', ns.ping)) {
      return this.inside.has(from)
        ? result(undefined)
        : { kind: 'error', condition: 'not-acceptable', stanza: xml('iq') };
    }
    if (child.is('query', ns.mam)) return this.#page(child, from);
    return { kind: 'error', condition: 'feature-not-implemented', stanza: xml('iq') };
  }

  async #page(query: Element, to: string): Promise<Answer> {
    this.pages += 1;
    await this.beforePage();
    const condition = this.failPages.shift();
    if (condition !== undefined) return { kind: 'error', condition, stanza: xml('iq') };
    const set = query.getChild('set', ns.rsm);
    const max = Math.min(Number(set?.getChildText('max')), this.pageSize);
    const after = set?.getChildText('after');
    const from =
      after === undefined || after === null ? 0 : this.archive.findIndex(({ id }) => id === after) + 1;
    const items =
      set?.getChild('before') === undefined ? this.archive.slice(from, from + max) : this.archive.slice(-max);
    for (const { id, stanza, at } of items) {
      const delay = xml('delay', { xmlns: ns.delay, stamp: new Date(at).toISOString() });
      const forwarded = xml('forwarded', { xmlns: ns.forward }, delay, copyOf(stanza));
      const found = xml('result', { xmlns: ns.mam, queryid: String(query.attrs['queryid']), id }, forwarded);
      this.rooms.takeMessage(xml('message', { from: roomAddress, to }, found));
    }
    const complete = String(from + max >= this.archive.length);
    const last = items.at(-1)?.id;
    const ends = last === undefined ? [] : [xml('first', {}, items[0]?.id ?? ''), xml('last', {}, last)];
    return result(xml('fin', { xmlns: ns.mam, complete }, xml('set', { xmlns: ns.rsm }, ...ends)));
  }
}

function result(child: Element | undefined): Answer {
  return { kind: 'result', stanza: xml('iq', { type: 'result' }, ...(child === undefined ? [] : [child])) };
}

function copyOf(element: Element): Element {
  return parse(element.toString());
}
