/**
 * The mailbox of one connection: what waits goes over in order, as much as the client acknowledges; then what comes.
 * `ib` says how much waits and when it was all (public client knowledge [P]).
 */
import { task, type Log } from '../../core/task.ts';
import { formatAddress } from '../../interop/node/address.ts';
import type { AckStanza } from '../../interop/stanza/ack.ts';
import type { Bulletin } from '../../interop/stanza/ib.ts';
import type { ReceiptStanza } from '../../interop/stanza/receipt.ts';
import type { Stanza } from '../../interop/stanza/stanza.ts';
import type { HostCounts } from './host-counts.ts';
import type { HostLimits } from './host-options.ts';
import type { Mail } from './host.ts';
import type { KeptMail, Mailbox } from './mailbox.ts';
import { Patience } from './patience.ts';

export interface HandingOverDeps {
  readonly mailbox: Pick<Mailbox, 'count' | 'next' | 'remove'>;
  readonly user: string;
  /** Whether it went out; where not, the connection is gone. */
  readonly send: (stanza: Stanza) => Promise<boolean>;
  /** Something broke, or the client acknowledges nothing: the connection is to end. */
  readonly failed: (why: 'failed' | 'unacknowledged') => void;
  readonly counts: HostCounts;
  readonly limits: Pick<HostLimits, 'window' | 'windowBytes' | 'ackMs'>;
  readonly log: Log;
}

const pageSize = 16;

/** What is known of a mail after it was sent: its contents are not. */
interface UnderWay extends Pick<KeptMail, 'name' | 'bytes'> {
  readonly kind: Mail['kind'];
  readonly id: string;
  readonly from: string | undefined;
  readonly type: string | undefined;
}

export class HandingOver {
  readonly #deps: HandingOverDeps;
  readonly #patience: Patience;
  /** Sent and not acknowledged, by the name of the mail, in order. */
  readonly #underWay = new Map<string, UnderWay>();
  #bytes = 0;
  #after = 0;
  #due = false;
  #isPassive = false;
  #isOver = false;
  #working: Promise<void> | undefined;
  /** What waited at the beginning and has not gone over; undefined before that is known, and after it was told. */
  #waiting: number | undefined;
  #sent = 0;
  #hasBegun = false;

  constructor(deps: HandingOverDeps) {
    this.#deps = deps;
    this.#patience = new Patience(deps.limits.ackMs, () => deps.failed('unacknowledged'));
  }

  /** There is something to hand over, or there may be. */
  poke(): void {
    this.#due = true;
    if (this.#working !== undefined || this.#isOver) return;
    this.#working = task(this.#deps.log, 'hand over mail', () => this.#work()).finally(() => {
      this.#working = undefined;
      if (this.#due && !this.#isFull() && !this.#isPassive) this.poke();
    });
  }

  /** Whether the client takes messages now. */
  takes(active: boolean): void {
    this.#isPassive = !active;
    if (active) this.poke();
  }

  /** The client has something, or refuses it: both end it. Answers whether it was mail. */
  async acknowledged(ack: AckStanza): Promise<boolean> {
    const found = [...this.#underWay.values()].find((one) => isAbout(ack, one));
    if (found === undefined) return false;
    await this.#deps.mailbox.remove(this.#deps.user, found);
    this.#deps.counts.add(ack.error === undefined ? 'mail-acknowledged' : 'mail-refused');
    this.#underWay.delete(found.name);
    this.#bytes -= found.bytes;
    this.#time();
    if (this.#due) this.poke();
    return true;
  }

  /** Nothing goes over any more; resolves when nothing does. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#patience.stop();
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      if (!this.#hasBegun) await this.#begin();
      while (this.#due && !this.#isOver && !this.#isPassive && !this.#isFull()) {
        this.#due = false;
        await this.#page();
      }
    } catch (error) {
      this.#due = false;
      this.#deps.log.warn({ err: error }, 'mail could not be handed over');
      this.#deps.failed('failed');
    }
  }

  async #begin(): Promise<void> {
    const count = await this.#deps.mailbox.count(this.#deps.user);
    this.#hasBegun = true;
    this.#waiting = count;
    if (count > 0) await this.#tell({ kind: 'offline-preview', count });
  }

  async #page(): Promise<void> {
    const { mailbox, user } = this.#deps;
    const page = await mailbox.next(user, this.#after, pageSize);
    for (const mail of page) {
      if (this.#isOver || this.#isPassive || this.#isFull()) {
        this.#due = true;
        return;
      }
      await this.#handOver(mail);
      if (this.#waiting !== undefined && this.#sent >= this.#waiting) await this.#drained();
    }
    // What came since then has said so itself.
    if (page.length === pageSize) this.#due = true;
    else if (this.#waiting !== undefined) await this.#drained();
  }

  async #handOver(mail: KeptMail): Promise<void> {
    this.#after = mail.seq;
    this.#underWay.set(mail.name, underWay(mail));
    this.#bytes += mail.bytes;
    if (this.#underWay.size === 1) this.#time();
    const offline = this.#waiting === undefined ? undefined : 0;
    this.#sent += 1;
    await this.#deps.send({ ...mail.mail, offline });
  }

  async #drained(): Promise<void> {
    this.#waiting = undefined;
    await this.#tell({ kind: 'offline-end', count: this.#sent });
  }

  async #tell(about: Bulletin): Promise<void> {
    await this.#deps.send({ kind: 'ib', from: undefined, about });
  }

  #isFull(): boolean {
    const { window, windowBytes } = this.#deps.limits;
    return this.#underWay.size >= window || (this.#underWay.size > 0 && this.#bytes >= windowBytes);
  }

  /** Whoever has something is to acknowledge it before long. */
  #time(): void {
    if (this.#underWay.size === 0 || this.#isOver) this.#patience.stop();
    else this.#patience.renew();
  }
}

/** A receipt's acknowledgement names its type; that of a message need not. */
function isAbout(ack: AckStanza, { kind, id, from, type }: UnderWay): boolean {
  if (ack.of !== kind || ack.id !== id) return false;
  if (ack.to !== undefined && formatAddress(ack.to) !== from) return false;
  return kind === 'message' || ack.type === undefined || ack.type === type;
}

function underWay({ name, bytes, mail }: KeptMail): UnderWay {
  const { kind, id } = mail;
  const from = mail.from === undefined ? undefined : formatAddress(mail.from);
  return { name, bytes, kind, id, from, type: mail.kind === 'receipt' ? receiptType(mail) : mail.type };
}

function receiptType({ about }: ReceiptStanza): string | undefined {
  return about.kind === 'delivered' ? undefined : about.kind === 'other' ? about.type : about.kind;
}
