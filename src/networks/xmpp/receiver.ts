import type { Element } from '@xmpp/xml';
import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { task } from '../../core/task.ts';
import type { Bot } from './bot.ts';
import { proposalFor } from './calls.ts';
import type { XmppClient } from './client.ts';
import type { XmppConfig } from './config.ts';
import type { XmppDeps } from './deps.ts';
import { createAddressBook } from './ids.ts';
import { Inbound } from './inbound.ts';
import { personBehind } from './muc/private-message.ts';
import type { Rooms } from './muc/rooms.ts';
import type { Persons } from './persons.ts';
import type { Presences } from './presences.ts';
import { Reachability } from './reachability.ts';
import { ServiceAnswers } from './service-answers.ts';

/** What hears of what comes in. */
export interface Receiving {
  readonly sink: EventSink;
  readonly client: XmppClient;
  readonly bot: Bot;
  readonly persons: Persons;
  readonly presences: Presences;
  readonly rooms: Rooms;
}

/** Where stanzas go in. */
export interface Receiver {
  readonly take: (stanza: Element) => void;
  /** Counts work as waiting while it is under way. */
  readonly counted: (work: () => Promise<void>) => Promise<void>;
  /** Whether a user can be reached may be another than before. */
  readonly reachChanged: (user: MatrixUserId | undefined) => void;
}

/** What takes every stanza that comes in; it never throws. */
export function receiver(
  config: XmppConfig,
  { homeserver, version, texts, log, now = Date.now }: XmppDeps,
  { sink, client, bot, persons, presences, rooms }: Receiving,
): Receiver {
  const { domain, name } = config;
  const post = (stanza: Element): void => client.post(stanza);
  const addresses = createAddressBook(domain, homeserver);
  const reachability = new Reachability(sink, now);
  const inbound = new Inbound({
    ...{ addresses, domain, sink, reachability, post, log, now },
    pause: (paused) => client.pause(paused),
    personBehind: (occupant) => personBehind(rooms, occupant, domain),
    noPrivate: texts.noPrivate,
    noReplies: texts.noReplies,
    bounced: (messageId) => bot.bounced(messageId),
    room: (stanza) => rooms.takeMessage(stanza),
    mostWaiting: config.max_waiting,
  });
  const called = (iq: Element): void => {
    const proposal = proposalFor(iq);
    if (proposal !== undefined) inbound.take(proposal);
  };
  const answers = new ServiceAnswers({
    ...{ name, version, addresses, persons, presences, reachability, post, called },
  });
  const take = (stanza: Element): void => {
    if (stanza.name === 'message') inbound.take(stanza);
    else if (stanza.name === 'iq')
      void task(log, 'xmpp-iq', () => inbound.counted(() => answers.answer(stanza)));
    else if (!rooms.takePresence(stanza))
      void task(log, 'xmpp-presence', () => inbound.counted(() => answers.presence(stanza)));
  };
  return {
    take,
    counted: (work) => inbound.counted(work),
    reachChanged: (user) => reachability.changed(user),
  };
}
