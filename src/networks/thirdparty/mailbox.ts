/**
 * What waits for providers' users: in the order in which it was kept, each once, bounded in number and bytes, gone when it
 * was acknowledged or after 30 days [O]. That something was acknowledged is remembered for a while, so that a repeat (the
 * bridge was killed between keeping and knowing it) does not come twice.
 */
import { createHash } from 'node:crypto';
import type { NetworkRecord } from '../../core/network-records.ts';
import { formatAddress } from '../../interop/node/address.ts';
import { decodeNode } from '../../interop/node/decode.ts';
import { encodeNode } from '../../interop/node/encode.ts';
import { noiseProfile } from '../../interop/profile/noise-profile.ts';
import { parseStanza, renderStanza } from '../../interop/stanza/stanza.ts';
import { allOwners, ofAccount, toBytes, toText, type Keeping } from './host-records.ts';
import type { Accounts } from './accounts.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';
import type { Mail } from './host.ts';

/** A mail as it lies in the mailbox. */
export interface KeptMail {
  readonly name: string;
  readonly seq: number;
  readonly mail: Mail;
  readonly bytes: number;
}

/** `too-large`: no frame of the chat channel would hold it. */
export type MailKept = 'kept' | 'repeated' | 'no-such-account' | 'mailbox-full' | 'too-large';
type MailboxLimits = Pick<HostLimits, 'mostMails' | 'mostMailBytes' | 'mailMs' | 'repeatMs'>;

interface Sum {
  readonly mails: number;
  readonly bytes: number;
}

const pageSize = 200;
/** For what is added to a mail on its way, and the seal. */
const frameRoom = 256;

export class Mailbox {
  readonly #keeping: Keeping;
  readonly #accounts: Accounts;
  readonly #limits: MailboxLimits;
  readonly #counts: HostCounts;
  /** What lies in each mailbox that was asked for; taken out while it is being changed. */
  readonly #sums = new Map<string, Sum>();

  constructor(keeping: Keeping, accounts: Accounts, limits: MailboxLimits, counts: HostCounts) {
    this.#keeping = keeping;
    this.#accounts = accounts;
    this.#limits = limits;
    this.#counts = counts;
  }

  /** Keeps it for good. Throws for what cannot be written as a stanza: a mistake of the caller. */
  async put(user: string, mail: Mail): Promise<MailKept> {
    const name = nameOf(mail);
    const encoded = encodeNode(renderStanza(mail));
    if (encoded.kind === 'failed') throw new RangeError(encoded.text);
    if (encoded.bytes.length > noiseProfile.maxFrame - frameRoom) return 'too-large';
    mailIn(encoded.bytes);
    const value = toText(encoded.bytes);
    return this.#accounts.alone(user, async () => {
      if ((await this.#accounts.ofUser(user)) === undefined) return 'no-such-account';
      const sum = await this.#sum(user);
      const { network, records, now } = this.#keeping;
      const { mostMails, mostMailBytes } = this.#limits;
      const isFull = sum.mails >= mostMails || sum.bytes + value.length > mostMailBytes;
      if (isFull) return (await this.#isKnown(user, name)) ? this.#repeated() : this.#full();
      this.#sums.delete(user);
      const isNew = await records.commit(
        network,
        [{ kind: 'put', of: ofAccount('mail', user, name), value, at: now() }],
        [
          { of: ofAccount('mail', user, name), is: 'absent' },
          { of: ofAccount('done', user, name), is: 'absent' },
        ],
      );
      this.#sums.set(user, isNew ? { mails: sum.mails + 1, bytes: sum.bytes + value.length } : sum);
      if (!isNew) return this.#repeated();
      this.#counts.add('mail-kept');
      return 'kept';
    });
  }

  async count(user: string): Promise<number> {
    const { network, records } = this.#keeping;
    return records.count(network, { collection: 'mail', owner: user });
  }

  /** In order, those after `after`. */
  async next(user: string, after: number, limit: number): Promise<readonly KeptMail[]> {
    const { network, records } = this.#keeping;
    const page = await records.list(network, { collection: 'mail', owner: user }, { after, limit });
    return page.map(keptMail);
  }

  /** The user has it. */
  async remove(user: string, { name, bytes }: Pick<KeptMail, 'name' | 'bytes'>): Promise<void> {
    const { network, records, now } = this.#keeping;
    await this.#accounts.alone(user, async () => {
      if ((await this.#accounts.ofUser(user)) === undefined) return;
      const of = ofAccount('mail', user, name);
      const sum = this.#sums.get(user);
      this.#sums.delete(user);
      const kept = await records.get(network, of);
      if (kept !== undefined)
        await records.commit(network, [
          { kind: 'delete', of },
          { kind: 'put', of: ofAccount('done', user, name), value: '', at: now() },
        ]);
      const gone = kept === undefined ? 0 : 1;
      if (sum !== undefined)
        this.#sums.set(user, { mails: sum.mails - gone, bytes: sum.bytes - gone * bytes });
    });
  }

  /** The account is gone. */
  forget(user: string): void {
    this.#sums.delete(user);
  }

  /** Drops what is too old. */
  async sweep(): Promise<void> {
    const { network, records, now } = this.#keeping;
    const expired = await records.sweep(network, 'mail', now() - this.#limits.mailMs);
    await records.sweep(network, 'done', now() - this.#limits.repeatMs);
    if (expired === 0) return;
    this.#counts.add('mail-expired', expired);
    this.#sums.clear();
  }

  /** Whose mailbox is not empty. */
  owners(): AsyncGenerator<string, void, undefined> {
    return allOwners(this.#keeping, 'mail');
  }

  async #sum(user: string): Promise<Sum> {
    const known = this.#sums.get(user);
    if (known !== undefined) return known;
    const { network, records } = this.#keeping;
    let sum: Sum = { mails: 0, bytes: 0 };
    for (let after = 0; ;) {
      const page = await records.list(
        network,
        { collection: 'mail', owner: user },
        { after, limit: pageSize },
      );
      for (const { value } of page) sum = { mails: sum.mails + 1, bytes: sum.bytes + value.length };
      after = page.at(-1)?.seq ?? after;
      if (page.length < pageSize) return sum;
    }
  }

  async #isKnown(user: string, name: string): Promise<boolean> {
    const { network, records } = this.#keeping;
    const found = await Promise.all(
      (['mail', 'done'] as const).map((collection) =>
        records.get(network, ofAccount(collection, user, name)),
      ),
    );
    return found.some((one) => one !== undefined);
  }

  #repeated(): MailKept {
    this.#counts.add('mail-repeated');
    return 'repeated';
  }

  #full(): MailKept {
    this.#counts.add('mail-full');
    return 'mailbox-full';
  }
}

function keptMail({ name, seq, value }: NetworkRecord): KeptMail {
  return { name, seq, mail: mailIn(toBytes(value)), bytes: value.length };
}

/** Throws where it is none: then it must not be kept, since nobody could be given it. */
function mailIn(bytes: Uint8Array): Mail {
  const decoded = decodeNode(bytes);
  const stanza = decoded.kind === 'decoded' ? parseStanza(decoded.node) : decoded;
  if (stanza.kind !== 'message' && stanza.kind !== 'receipt') throw new RangeError('a mail is not one');
  return stanza;
}

/** The same for the same mail: by kind, sender and id, and by what else lets there be two of an id. */
function nameOf(mail: Mail): string {
  const { kind, id, from } = mail;
  const parts = [kind, id, from === undefined ? '' : formatAddress(from), ...detail(mail)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** A message is sent again on request under its id; a receipt has the id of what it is about. */
function detail(mail: Mail): readonly (string | number)[] {
  if (mail.kind === 'message') return [mail.sealed.reduce((most, { count = 0 }) => Math.max(most, count), 0)];
  const { about } = mail;
  switch (about.kind) {
    case 'delivered':
    case 'read':
    case 'played':
      return [about.kind, ...about.more];
    case 'retry':
      return [about.kind, about.count];
    case 'server-error':
      return [about.kind];
    case 'other':
      return [about.kind, about.type];
  }
}
