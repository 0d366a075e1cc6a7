/** All users who are, want to be, or are ceasing to be on WhatsApp. */
import type { MatrixUserId, RemoteUserId } from '../../core/ids.ts';
import type { EventSink, Health } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import { Turns } from '../../core/turns.ts';
import type { Woken } from '../../interop/identity/push-receiver.ts';
import { accountId } from './ids.ts';
import { networkHealth } from './link-health.ts';
import { Member } from './member.ts';
import type { MemberCommon } from './member-common.ts';
import type { MemberRecords, Membership } from './member-record.ts';

export interface MembersDeps {
  readonly common: Omit<MemberCommon, 'changed'>;
  readonly records: MemberRecords;
  readonly sink: EventSink;
  readonly log: Log;
  readonly now: () => number;
  /** How long a user who links waits for the answer. */
  readonly patience: number;
}

/** What is told of health, at most once in so many milliseconds while it stays what it is. */
const tellEveryMs = 1_000;
const forgettingMs = 20_000;

export class Members implements AsyncDisposable {
  readonly #deps: MembersDeps;
  readonly #members = new Map<MatrixUserId, Member>();
  readonly #turns = new Turns();
  readonly #tasks: Tasks;
  #health: Health;
  #ups = 0;
  #telling: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(deps: MembersDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
    this.#health = { kind: 'up', since: deps.now() };
  }

  get health(): Health {
    return this.#health;
  }

  /** Reads who there is: before that nobody can be told from who never was here. */
  async load(): Promise<void> {
    for (const [user, membership] of await this.#deps.records.all()) this.#add(user, membership);
  }

  /** Goes on with all that is kept, and begins what an enabling began and a crash has ended. */
  async start(): Promise<void> {
    for (const member of [...this.#members.values()]) await this.#look(member);
    for (const user of (await this.#deps.sink.enabled?.()) ?? []) {
      if (!this.#members.has(user) && !this.#isOver) await this.want(user);
    }
  }

  /** A user who is enlisted, or on the way there or back. */
  of(user: MatrixUserId): Member | undefined {
    return this.#members.get(user);
  }

  /** By an account among the user's logins. */
  withAccount(account: RemoteUserId): Member | undefined {
    return [...this.#members.values()].find(({ login }) => login && accountId(login) === account);
  }

  /** Something waits for the user who is known by an identifier. */
  push(identifier: string): Woken {
    const member = [...this.#members.values()].find((one) => one.identifier === identifier);
    return member?.push() ?? 'unknown-user';
  }

  /** A user may be reached, or not any more: who has enabled the network, and was never here, is enlisted. */
  reachChanged(user: MatrixUserId | undefined): void {
    void this.#tasks.run('reach', async () => {
      if (user === undefined) return this.start();
      const member = this.#members.get(user);
      if (member !== undefined) return this.#look(member);
      if ((await this.#deps.sink.reachable(user)) !== 'yes') return;
      // Where all are enabled, nobody is enlisted who has not asked for it.
      const asked = await this.#deps.sink.enabled?.();
      if (asked?.includes(user) !== false) await this.want(user);
    });
  }

  /** Begins to enlist a user who may be reached; `undefined` for who may not. Durable when it resolves. */
  async want(user: MatrixUserId): Promise<Member | undefined> {
    const reachable = await this.#deps.sink.reachable(user);
    if (this.#isOver || reachable === 'no-such-user' || reachable === 'not-permitted') return undefined;
    return this.#turns.alone(user, async () => {
      const member = this.#members.get(user) ?? this.#add(user, undefined);
      await member.want();
      return member;
    });
  }

  /** Links: enlists, and waits for the answer. */
  async link(user: MatrixUserId): Promise<RemoteUserId | Failed> {
    const member = await this.want(user);
    if (member === undefined) return failedForGood('not-enabled');
    const login = await member.enlisted(this.#deps.patience);
    return 'kind' in login ? login : accountId(login);
  }

  /** The user ends the account and stays enabled. */
  async unlink(user: MatrixUserId): Promise<undefined> {
    await this.#turns.alone(user, async () => this.#members.get(user)?.leave('unlinked'));
    return undefined;
  }

  /** All of the user goes, first at the host; begun for good when it answers, and over where it answers nothing. */
  async forget(user: MatrixUserId): Promise<undefined | Failed> {
    const member = this.#members.get(user);
    if (member === undefined) return undefined;
    await this.#turns.alone(user, () => member.leave('forgotten'));
    if (!(await member.hasLeft(forgettingMs))) return failedForNow('link-down');
    if (member.membership === undefined) this.#members.delete(user);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#telling);
    await Promise.all([...this.#members.values()].map((member) => member[Symbol.asyncDispose]()));
    await this.#tasks.done();
  }

  #add(user: MatrixUserId, membership: Membership | undefined): Member {
    const common = { ...this.#deps.common, changed: () => this.#changed() };
    const member = new Member(common, user, membership);
    this.#members.set(user, member);
    return member;
  }

  /** Who may not be reached has no connection, and keeps their account until they disable the network. */
  async #look(member: Member): Promise<void> {
    const reachable = await this.#deps.sink.reachable(member.user);
    if (this.#isOver) return;
    if (reachable !== 'unsure') member.bar(reachable !== 'yes');
    member.start();
  }

  #changed(): void {
    if (this.#isOver) return;
    const states = [...this.#members.values()].map(({ health }) => health).filter((one) => one !== undefined);
    const before = this.#health;
    this.#health = networkHealth(states, before, this.#deps.now());
    const ups = states.filter(({ kind }) => kind === 'up').length;
    const isMore = ups > this.#ups;
    this.#ups = ups;
    if (this.#health !== before) this.#deps.sink.linkChanged(this.#health);
    // What waits for a connection that is up now is tried again.
    else if (isMore && this.#health.kind === 'up') this.#tellSoon();
  }

  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#deps.sink.linkChanged(this.#health);
    }, tellEveryMs);
  }
}
