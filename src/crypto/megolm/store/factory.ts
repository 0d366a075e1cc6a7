/** https://w3c.github.io/IndexedDB/#factory-interface */
import { wholeNumber } from './arguments.ts';
import type { Context } from './context.ts';
import { databasesIn, DatabaseState } from './database-state.ts';
import { IDBDatabase } from './database.ts';
import { domError, domErrorOf } from './errors.ts';
import { IDBVersionChangeEvent, StoreEvent, throwLater } from './events.ts';
import { demand } from './key-range.ts';
import { requireKey } from './keys.ts';
import { IDBOpenDBRequest } from './request.ts';
import { remember } from './schema.ts';
import { IDBTransaction, type Upgrade } from './transaction.ts';

/** Openings and deletions of one database wait for each other. */
interface Waiting {
  readonly request: IDBOpenDBRequest;
  readonly work: (done: () => void) => void;
}

export class IDBFactory {
  readonly #context: Context;
  readonly #states = new Map<string, DatabaseState>();
  readonly #queues = new Map<string, Waiting[]>();

  constructor(context: Context) {
    this.#context = context;
  }

  open(...given: readonly unknown[]): IDBOpenDBRequest {
    demand(given, 1);
    const name = String(given[0]);
    const version = given[1] === undefined ? undefined : wholeNumber(given[1], Number.MAX_SAFE_INTEGER);
    if (version === 0) throw new TypeError('a version is 1 or more');
    const request = new IDBOpenDBRequest();
    this.#enqueue(name, request, (done) => this.#open(name, version, request, done));
    return request;
  }

  deleteDatabase(...given: readonly unknown[]): IDBOpenDBRequest {
    demand(given, 1);
    const name = String(given[0]);
    const request = new IDBOpenDBRequest();
    this.#enqueue(name, request, (done) => this.#delete(name, request, done));
    return request;
  }

  async databases(): Promise<readonly { readonly name: string; readonly version: number }[]> {
    return databasesIn(this.#context);
  }

  cmp(...given: readonly unknown[]): number {
    demand(given, 2);
    return Math.sign(requireKey(given[0]).compare(requireKey(given[1])));
  }

  readonly [Symbol.toStringTag]: string = 'IDBFactory';

  /** Part of the store: whether somebody has the database open, or is about to. */
  isInUse(name: string): boolean {
    return this.#states.get(name)?.isOpen === true || this.#queues.has(name);
  }

  #enqueue(name: string, request: IDBOpenDBRequest, work: (done: () => void) => void): void {
    const queue = this.#queues.get(name);
    if (queue !== undefined) {
      queue.push({ request, work });
      return;
    }
    this.#queues.set(name, [{ request, work }]);
    this.#context.loop.soon(() => this.#next(name));
  }

  #next(name: string): void {
    const waiting = this.#queues.get(name)?.[0];
    if (waiting === undefined) {
      this.#queues.delete(name);
      return;
    }
    const done = (): void => {
      this.#queues.get(name)?.shift();
      if (this.#states.get(name)?.isOpen === false) this.#states.delete(name);
      this.#next(name);
    };
    try {
      if (this.#context.closed) throw domError('InvalidStateError', 'the store is closed');
      waiting.work(done);
    } catch (error) {
      this.#fail(waiting.request, domErrorOf(error));
      done();
    }
  }

  #state(name: string): DatabaseState {
    let state = this.#states.get(name);
    if (state === undefined) this.#states.set(name, (state = DatabaseState.read(this.#context, name)));
    return state;
  }

  #open(name: string, wanted: number | undefined, request: IDBOpenDBRequest, done: () => void): void {
    const state = this.#state(name);
    const { version: current } = state.schema;
    const version = wanted ?? (current === 0 ? 1 : current);
    if (current > version) throw domError('VersionError', 'the database has a higher version');
    const open = (): void => {
      const connection = new IDBDatabase(this.#context, state, version);
      state.connections.add(connection);
      if (current === version) {
        this.#succeed(request, connection, new StoreEvent('success'));
        done();
      } else {
        this.#upgrade(state, connection, request, done);
      }
    };
    if (current === version) open();
    else this.#alone(state, request, version, open);
  }

  /** Asks all who have the database open to close it, and goes on when they have. */
  #alone(state: DatabaseState, request: IDBOpenDBRequest, version: number | null, then: () => void): void {
    const { loop } = this.#context;
    const oldVersion = state.schema.version;
    const change = (type: string): IDBVersionChangeEvent =>
      new IDBVersionChangeEvent(type, { oldVersion, newVersion: version });
    for (const connection of state.connections)
      if (!connection.isClosing)
        loop.soon(() => {
          if (!connection.isClosing) this.#report(connection.dispatch(change('versionchange')));
        });
    const wait = (): void => {
      if (state.isOpen) state.whenSettled(() => loop.soon(wait));
      else then();
    };
    loop.soon(() => {
      state.settle();
      if ([...state.connections].some(({ isClosing }) => !isClosing))
        this.#report(request.dispatch(change('blocked')));
      wait();
    });
  }

  #upgrade(state: DatabaseState, connection: IDBDatabase, request: IDBOpenDBRequest, done: () => void): void {
    const { schema } = state;
    const { version: newVersion } = connection;
    const { version: oldVersion } = schema;
    const revert = remember(schema);
    const upgrade: Upgrade = {
      apply: () => state.write(this.#context),
      revert: () => {
        revert();
        connection.revertVersion(oldVersion);
      },
      ended: (error) => {
        request.moveTo(null);
        if (error !== undefined) connection.close();
        this.#context.loop.soon(() => {
          this.#finish(request, connection, error);
          done();
        });
      },
    };
    this.#context.loop.soon(() => {
      const transaction = new IDBTransaction(connection, 'versionchange', [], { upgrade });
      schema.version = newVersion;
      connection.beginUpgrade(transaction, newVersion);
      request.settle(connection);
      request.moveTo(transaction);
      state.add(transaction);
      transaction.dispatchActive(
        request,
        new IDBVersionChangeEvent('upgradeneeded', { oldVersion, newVersion }),
      );
    });
  }

  #finish(request: IDBOpenDBRequest, connection: IDBDatabase, error: DOMException | undefined): void {
    if (error !== undefined) this.#fail(request, error);
    else if (connection.isClosing) this.#fail(request, domError('AbortError', 'the connection was closed'));
    else this.#succeed(request, connection, new StoreEvent('success'));
  }

  #delete(name: string, request: IDBOpenDBRequest, done: () => void): void {
    const state = this.#state(name);
    const { version } = state.schema;
    this.#alone(state, request, null, () => {
      const event = new IDBVersionChangeEvent('success', { oldVersion: version, newVersion: null });
      if (version === 0) {
        this.#succeed(request, undefined, event);
        done();
        return;
      }
      const { commits, loop } = this.#context;
      const end = (error: unknown): void => {
        if (error === undefined) {
          this.#states.delete(name);
          this.#succeed(request, undefined, event);
        } else {
          this.#fail(request, domErrorOf(error));
        }
        done();
      };
      commits.submit(
        () => state.erase(this.#context),
        (error) => loop.soon(() => end(error)),
      );
    });
  }

  #succeed(request: IDBOpenDBRequest, result: unknown, event: StoreEvent): void {
    request.settle(result);
    this.#report(request.dispatch(event));
  }

  #fail(request: IDBOpenDBRequest, error: DOMException): void {
    request.fail(error);
    this.#report(request.dispatch(new StoreEvent('error', { bubbles: true, cancelable: true })));
  }

  #report(thrown: readonly unknown[]): void {
    for (const error of thrown) throwLater(error);
  }
}
