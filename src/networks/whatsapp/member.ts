/**
 * One Matrix user on WhatsApp, from the wish to be enlisted to the deletion of the account. Where it stands is kept before
 * anything is done about it, so that a crash loses nothing of it; each step may be repeated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixUserId } from '../../core/ids.ts';
import type { Health } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { task } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import { Turns } from '../../core/turns.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { Connection } from './connection.ts';
import { enlistOnce, tokenOf, type EnlistingEnd } from './enlisting.ts';
import { identifierOf } from './identifiers.ts';
import { accountId } from './ids.ts';
import { isUnderWay, wanted, type Membership, type Of, type UnderWay } from './member-record.ts';
import { deleted } from './deletion.ts';
import type { MemberCommon } from './member-common.ts';
import { Stay } from './stay.ts';
import { aborted, Waits } from './waits.ts';

/** After so long without a connection the host has deleted the account by itself [O]. */
const deletedByItselfMs = 30 * 86_400_000;
/** An enlistment that is asked for again so soon waits as one that failed. */
const worthMs = 60_000;

export class Member implements AsyncDisposable {
  readonly user: MatrixUserId;
  readonly #common: MemberCommon;
  readonly #tasks: Tasks;
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  readonly #stay: Stay;
  readonly #waits: Waits;
  #membership: Membership | undefined;
  /** Ends the step that is under way, because the membership is another. */
  #step = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  #rounds = 0;
  #barred = false;

  constructor(common: MemberCommon, user: MatrixUserId, membership: Membership | undefined) {
    this.user = user;
    this.#common = common;
    this.#membership = membership;
    this.#tasks = new Tasks(common.log);
    this.#waits = new Waits(common.again, this.#stop.signal);
    this.#stay = new Stay({
      activeMs: common.config.custody === 'self' ? undefined : common.config.active_minutes * 60_000,
      wake: () => this.#connection?.wake(),
      rest: () => void this.#tasks.run('rest', () => this.#rest()),
    });
  }

  /** Undefined where nothing is left of it. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  get login(): Login | undefined {
    return this.#membership?.kind === 'enlisted' ? this.#membership.login : undefined;
  }

  get identifier(): string | undefined {
    const { config, homeserver } = this.#common;
    return identifierOf(this.user, config.identifier, homeserver);
  }

  /** The state of the connection, where one is wanted. */
  get health(): Health | undefined {
    return this.#stay.isWanted ? this.#connection?.health : undefined;
  }

  /** The connection as it is now, for what is told in passing. */
  get connection(): Connection | undefined {
    return this.#barred ? undefined : this.#connection;
  }

  /** Goes on with what is kept. */
  start(): void {
    if (this.#stop.signal.aborted) return;
    this.#running ??= task(this.#common.log, 'member', () => this.#run()).finally(() => {
      this.#running = undefined;
      // What was wanted just when it ended is taken up.
      if (isUnderWay(this.#membership)) this.start();
    });
  }

  /** The user wants to be enlisted, again where they were not before. Durable when it resolves. */
  async want(): Promise<void> {
    const now = this.#membership;
    // What could not be deleted yet is still there; and where it is gone all the same, the host says so.
    if (now?.kind === 'leaving')
      await this.#become(now, { kind: 'enlisted', keys: now.keys, login: now.login, at: now.since });
    else if (now?.kind !== 'wanted' && now?.kind !== 'enlisted') await this.#become(now, wanted());
    this.start();
  }

  /** Waits for the round of enlisting that is under way, at most so long. */
  async enlisted(ms: number): Promise<Login | Failed> {
    const rounds = this.#rounds;
    await this.#waits.until(() => this.#membership?.kind !== 'wanted' || this.#rounds > rounds, ms);
    switch (this.#membership?.kind) {
      case 'enlisted':
        return this.#membership.login;
      case 'refused':
        return failedForGood(this.#membership.reason === 'blocked' ? 'not-permitted' : 'network-refused');
      case 'wanted':
        return failedForNow('link-down');
      case 'leaving':
      case 'unlinked':
      case undefined:
        return failedForGood('not-enabled');
    }
  }

  /** The connection, up, for something that is to be sent or asked; waits for it at most so long. */
  async link(ms: number, signal?: AbortSignal): Promise<Connection | Failed> {
    const kind = this.#membership?.kind;
    if (this.#barred || kind === undefined || kind === 'refused' || kind === 'leaving' || kind === 'unlinked')
      return failedForGood('not-enabled');
    this.#stay.active();
    return this.#up(ms, signal);
  }

  /** The same for what the bridge does by itself: it brings up no connection that is to rest. */
  async quietLink(ms: number): Promise<Connection | Failed> {
    if (this.#barred || this.#membership?.kind !== 'enlisted') return failedForGood('not-enabled');
    return this.#stay.isWanted ? this.#up(ms) : failedForNow('user-unavailable');
  }

  /** The user did something on Matrix. */
  active(): void {
    this.#stay.active();
  }

  /** Something waits for the user. */
  push(): 'woken' | 'unknown-user' {
    if (this.#membership?.kind !== 'enlisted' || this.#barred) return 'unknown-user';
    this.#stay.pushed();
    return 'woken';
  }

  /** Whether the user may not be reached at all. */
  bar(barred: boolean): void {
    if (this.#barred === barred) return;
    this.#barred = barred;
    this.#stay.bar(barred);
  }

  /** The account is to be deleted: the intent is durable when this resolves, the rest goes on by itself. */
  async leave(then: Of<'leaving'>['then']): Promise<void> {
    const now = this.#membership;
    if (now === undefined) return;
    if (now.kind === 'enlisted') {
      const { keys, login } = now;
      await this.#become(now, { kind: 'leaving', keys, login, then, since: this.#common.now() });
    } else if (now.kind !== 'leaving') {
      await this.#erase(now, then);
      // An enlistment that was under way may have made keys anew.
      await this.#running;
      await this.#party().forget();
      return;
    } else if (then === 'forgotten' && now.then !== then) await this.#become(now, { ...now, then });
    this.start();
  }

  /** Waits for the end of what `leave` began, at most so long; answers whether it is over. */
  async hasLeft(ms: number): Promise<boolean> {
    await this.#waits.until(() => this.#membership?.kind !== 'leaving', ms);
    return this.#membership?.kind !== 'leaving';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#step.abort();
    this.#waits.look();
    this.#stay[Symbol.dispose]();
    await this.#running;
    await this.#tasks.done();
  }

  /** One step after the other, each of what stands now. */
  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted && isUnderWay(this.#membership)) {
      this.#step = new AbortController();
      try {
        await this.#go(this.#membership);
      } catch (error) {
        this.#common.log.error({ err: error }, 'a membership has to wait');
        await this.#waits.pause(this.#step.signal);
      }
    }
  }

  #go(now: UnderWay): Promise<void> {
    switch (now.kind) {
      case 'wanted':
        return this.#enlist(now);
      case 'enlisted':
        return this.#be(now);
      case 'leaving':
        return this.#end(now);
    }
  }

  async #enlist(now: Of<'wanted'>): Promise<void> {
    const { news } = this.#common;
    const party = this.#party();
    const parts = { user: this.user, party, keys: now.keys };
    const signal = AbortSignal.any([this.#step.signal, this.#stop.signal]);
    const end = await enlistOnce(this.#common, parts, signal).catch((error: unknown): EnlistingEnd => {
      this.#common.log.error({ err: error }, 'enlisting broke');
      return { kind: 'later', reason: 'no-answer', afterMs: undefined };
    });
    if (signal.aborted) return;
    this.#rounds += 1;
    switch (end.kind) {
      case 'enlisted': {
        const { login } = end;
        const at = this.#common.now();
        // Told first, since it is told once however often it is.
        await news.enlisted(this, login, now.before);
        if (!(await this.#become(now, { kind: 'enlisted', keys: now.keys, login, at })))
          await news.gone(this, login, 'forgotten');
        return;
      }
      case 'refused':
        if (await this.#become(now, { kind: 'refused', reason: end.reason, at: this.#common.now() }))
          await news.refused(this, end.reason);
        return;
      case 'later':
        this.#waits.look();
        if (this.#waits.isFirst) await news.waiting(this, end.reason);
        await this.#waits.pause(this.#step.signal, end.afterMs);
    }
  }

  /** Has a connection until the membership is another, or the host has dismissed the user. */
  async #be(now: Of<'enlisted'>): Promise<void> {
    const { promise: dismissed, resolve } = Promise.withResolvers<'dismissed'>();
    const connection = this.#connect(now, { deaf: false, dismissed: () => resolve('dismissed') });
    this.#connection = connection;
    this.#waits.look();
    // Who has just asked for it is there; and others are to find keys at the server.
    if (this.#common.now() - now.at < worthMs) this.#stay.active();
    this.#stay.begin();
    this.#common.changed();
    const ended = await Promise.race([dismissed, aborted(this.#step.signal)]);
    this.#connection = undefined;
    await connection[Symbol.asyncDispose]();
    this.#common.changed();
    if (ended === 'aborted') return;
    this.#common.log.info({}, 'a user was dismissed and is enlisted again');
    if (!(await this.#become(now, { kind: 'wanted', keys: now.keys, before: now.login }))) return;
    if (this.#common.now() - now.at < worthMs) await this.#waits.pause(this.#step.signal);
    else this.#waits.begin();
  }

  /** Asks the host to delete the account; local things go when it has, or has done so by itself. */
  async #end(now: Of<'leaving'>): Promise<void> {
    if (this.#common.now() - now.since > deletedByItselfMs) return this.#erase(now, now.then);
    const { promise: dismissed, resolve } = Promise.withResolvers<true>();
    const connection = this.#connect(now, { deaf: true, dismissed: () => resolve(true) });
    const signal = AbortSignal.any([this.#step.signal, this.#stop.signal]);
    const isGone = await Promise.race([dismissed, deleted(connection, signal)]);
    await connection[Symbol.asyncDispose]();
    const still = this.#membership;
    if (still?.kind !== 'leaving') return;
    if (isGone) await this.#erase(still, still.then);
    else await this.#waits.pause(this.#step.signal);
  }

  #connect(
    { keys, login }: Of<'enlisted' | 'leaving'>,
    { deaf, dismissed }: { readonly deaf: boolean; readonly dismissed: () => void },
  ): Connection {
    return new Connection(this.#common, {
      ...{ user: this.user, login, staticKey: keys.privateKey, deaf, party: this.#party() },
      token: () => tokenOf(this.#common, this.user),
      changed: (health, why) => {
        if (why === 'dismissed') dismissed();
        // Whom the user has blocked there meanwhile is looked at now.
        if (health.kind === 'up' && !deaf) this.#common.sink.blocklistChanged?.(accountId(login));
        if (why === 'replaced') this.#replaced();
        if (!deaf) this.#common.changed();
      },
      drained: () => this.#stay.drained(),
      unwanted: () => this.bar(true),
    });
  }

  async #rest(): Promise<void> {
    await this.#connection?.rest();
    this.#common.changed();
  }

  /** Somebody else connected as the user: a second bridge with the same database, or a mistake of the host's. */
  #replaced(): void {
    this.#common.log.warn({}, 'another connection took the place of a user');
    void this.#tasks.run('take the place again', async () => {
      await sleep(worthMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      this.#stay.begin();
    });
  }

  /** Deletes what is here of the user, in an order that can be gone through again. */
  async #erase(now: Membership, then: Of<'leaving'>['then']): Promise<void> {
    const { news, clear, records } = this.#common;
    const login = now.kind === 'leaving' ? now.login : now.kind === 'wanted' ? now.before : undefined;
    if (login !== undefined) await news.gone(this, login, then);
    await this.#party().forget();
    await clear(this.user);
    await this.#turns.alone('', async () => {
      if (then === 'unlinked') await records.put(this.user, { kind: 'unlinked' });
      else await records.remove(this.user);
      this.#membership = then === 'unlinked' ? { kind: 'unlinked' } : undefined;
    });
    this.#step.abort();
    this.#waits.look();
  }

  /** Answers whether it came about: not where the membership has become another meanwhile. */
  async #become(from: Membership | undefined, to: Membership): Promise<boolean> {
    return this.#turns.alone('', async () => {
      if (this.#membership !== from) return false;
      await this.#common.records.put(this.user, to);
      this.#membership = to;
      this.#step.abort();
      this.#waits.look();
      return true;
    });
  }

  async #up(ms: number, signal?: AbortSignal): Promise<Connection | Failed> {
    const begun = performance.now();
    await this.#waits.until(() => this.#connection !== undefined, ms);
    const connection = this.#connection;
    const left = Math.max(0, ms - (performance.now() - begun));
    return connection !== undefined && (await connection.up(left, signal))
      ? connection
      : failedForNow('link-down');
  }

  #party(): ReturnType<MemberCommon['signal']['party']> {
    return this.#common.signal.party({ network: this.#common.id, user: this.user });
  }
}
