/** The mailbox: what waited at the server is asked for in batches [P], each once the one before it is kept. */
import { mailboxBatch } from '../profile/client-profile.ts';
import type { Bulletin } from '../stanza/ib.ts';
import type { Incoming } from './client.ts';

export interface Mailbox {
  /** A stanza has been kept; true where it was the mailbox's end. */
  handled(stanza: Incoming): boolean;
}

export function createMailbox(say: (about: Bulletin) => void): Mailbox {
  /** How many of the batch are still to come; `undefined` where no mailbox is being emptied. */
  let coming: number | undefined;
  const askForMore = (): void => {
    coming = mailboxBatch;
    say({ kind: 'offline-batch', count: mailboxBatch });
  };
  return {
    handled(stanza) {
      switch (stanza.kind) {
        case 'ib':
          if (stanza.about.kind === 'offline-preview' && stanza.about.count > 0) askForMore();
          if (stanza.about.kind === 'offline-end') coming = undefined;
          return stanza.about.kind === 'offline-end';
        case 'chatstate':
        case 'presence':
          return false;
        default:
          // What is new counts too: asking early does no harm, and asking never would leave the rest behind.
          if (coming === undefined) return false;
          coming -= 1;
          if (coming === 0) askForMore();
          return false;
      }
    },
  };
}
