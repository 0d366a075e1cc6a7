/** https://w3c.github.io/IndexedDB/#transaction-concept: its life, and the requests in it. */
import type { Mode } from './arguments.ts';
import type { Context } from './context.ts';
import { domError, domErrorOf, type EngineStoreError } from './errors.ts';
import { type Handler, StoreEvent, StoreTarget, throwLater } from './events.ts';
import { afterMicrotasks } from './loop.ts';
import { IDBObjectStore } from './object-store.ts';
import type { IDBRequest } from './request.ts';
import { byName, type StoreSchema } from './schema.ts';
import { DOMStringList } from './string-list.ts';
import { Table } from './table.ts';

/** What a transaction asks of the connection that made it. */
export interface Owner extends StoreTarget {
  readonly context: Context;
  readonly name: string;
  storeSchemas(): readonly StoreSchema[];
  /** The transaction is about to tell its end. */
  ending(transaction: IDBTransaction): void;
  /** The transaction has ended: others may begin. */
  release(transaction: IDBTransaction): void;
}

interface Asked {
  /** None for what an upgrade does in its turn without telling. */
  readonly request: IDBRequest | undefined;
  readonly operation: () => unknown;
}

/** What an upgrade does besides. */
export interface Upgrade {
  readonly apply: () => void;
  readonly revert: () => void;
  readonly ended: (error: DOMException | undefined) => void;
}

export class IDBTransaction extends StoreTarget {
  readonly mode: Mode;
  readonly durability: string;
  /** The names of the stores in its scope; for an upgrade all, whatever they become. */
  readonly #scope: ReadonlySet<string> | undefined;
  readonly #owner: Owner;
  readonly #upgrade: Upgrade | undefined;
  readonly #tables = new Map<number, Table>();
  readonly #handles = new Map<StoreSchema, IDBObjectStore>();
  #state: 'active' | 'inactive' | 'committing' | 'finished' = 'active';
  #started = false;
  /** Whether a step is about to run, or its microtasks have not. */
  #busy = false;
  #turn = 0;
  #queue: Asked[] = [];
  #error: DOMException | null = null;

  constructor(
    owner: Owner,
    mode: Mode,
    scope: readonly string[],
    options: { readonly durability?: string; readonly upgrade?: Upgrade } = {},
  ) {
    super();
    this.#owner = owner;
    this.mode = mode;
    this.#scope = mode === 'versionchange' ? undefined : new Set(scope);
    this.durability = options.durability ?? 'default';
    this.#upgrade = options.upgrade;
    this.#rest();
  }

  get db(): StoreTarget {
    return this.#owner;
  }
  get error(): DOMException | null {
    return this.#error;
  }
  get objectStoreNames(): DOMStringList {
    const names = this.#scope ?? this.#owner.storeSchemas().map(({ name }) => name);
    return DOMStringList.holding([...names].toSorted());
  }

  objectStore(...given: readonly unknown[]): IDBObjectStore {
    if (given.length === 0) throw new TypeError('a name is needed');
    const name = String(given[0]);
    if (this.isFinished) throw domError('InvalidStateError', 'the transaction has ended');
    const schema = byName(this.#owner.storeSchemas(), name);
    if (schema === undefined || (this.#scope !== undefined && !this.#scope.has(name)))
      throw domError('NotFoundError', 'the transaction has no such object store');
    return this.handleOf(schema);
  }

  commit(): void {
    if (!this.isActive) throw domError('InvalidStateError', 'the transaction is not active');
    this.#state = 'committing';
    this.#advance();
  }

  abort(): void {
    if (this.#state === 'committing' || this.isFinished)
      throw domError('InvalidStateError', 'the transaction has ended');
    this.abortWith(null);
  }

  get onabort(): Handler | null {
    return this.handler('abort');
  }
  set onabort(handler: unknown) {
    this.setHandler('abort', handler);
  }
  get oncomplete(): Handler | null {
    return this.handler('complete');
  }
  set oncomplete(handler: unknown) {
    this.setHandler('complete', handler);
  }
  get onerror(): Handler | null {
    return this.handler('error');
  }
  set onerror(handler: unknown) {
    this.setHandler('error', handler);
  }

  override ancestors(): readonly StoreTarget[] {
    return [this.#owner];
  }

  readonly [Symbol.toStringTag]: string = 'IDBTransaction';

  // What follows is for the store's own files.

  get isActive(): boolean {
    return this.#state === 'active';
  }
  get isFinished(): boolean {
    return this.#state === 'finished';
  }
  get isStarted(): boolean {
    return this.#started;
  }
  get context(): Context {
    return this.#owner.context;
  }
  storeSchemas(): readonly StoreSchema[] {
    return this.#owner.storeSchemas();
  }

  /** Whether the two may not run at the same time. */
  conflictsWith(other: IDBTransaction): boolean {
    if (this.mode === 'readonly' && other.mode === 'readonly') return false;
    const [mine, theirs] = [this.#scope, other.#scope];
    return mine === undefined || theirs === undefined || !mine.isDisjointFrom(theirs);
  }

  handleOf(schema: StoreSchema): IDBObjectStore {
    let handle = this.#handles.get(schema);
    if (handle === undefined) this.#handles.set(schema, (handle = new IDBObjectStore(this, schema)));
    return handle;
  }

  table(space: number): Table {
    let table = this.#tables.get(space);
    if (table === undefined) this.#tables.set(space, (table = new Table(this.context.disk, space)));
    return table;
  }

  start(): void {
    this.#started = true;
    this.#advance();
  }

  place(request: IDBRequest, operation: () => unknown): void {
    this.#queue.push({ request, operation });
    this.#advance();
  }

  /** Does something in its turn, of which nobody is told; where it fails the transaction is aborted. */
  run(operation: () => unknown): void {
    this.#queue.push({ request: undefined, operation });
    this.#advance();
  }

  /** Runs foreign code (the getters of a value) while nothing can be asked of the transaction. */
  suspended<T>(work: () => T): T {
    this.#state = 'inactive';
    try {
      return work();
    } finally {
      this.#resume();
    }
  }

  /** Dispatches an event during which the transaction is active. */
  dispatchActive(target: StoreTarget, event: StoreEvent): void {
    this.#resume();
    this.#busy = true;
    const thrown = target.dispatch(event);
    for (const error of thrown) throwLater(error);
    if (this.#state === 'active' || this.#state === 'committing') {
      if (thrown.length > 0 && this.isActive) this.abortWith(domError('AbortError', 'a listener threw'));
      else if (event.type === 'error' && !event.defaultPrevented && event.target !== null)
        this.#abortFor(target);
    }
    this.#rest();
  }

  abortWith(error: DOMException | null): void {
    if (this.isFinished) return;
    this.#state = 'finished';
    this.#error = error;
    this.#tables.clear();
    this.#upgrade?.revert();
    for (const handle of this.#handles.values()) handle.reverted();
    for (const { request } of this.#queue.splice(0)) {
      if (request === undefined) continue;
      this.context.loop.soon(() => {
        request.fail(domError('AbortError', 'the transaction was aborted'));
        this.#report(request, new StoreEvent('error', { bubbles: true, cancelable: true }));
      });
    }
    this.context.loop.soon(() => this.#end(new StoreEvent('abort', { bubbles: true })));
  }

  #resume(): void {
    if (this.#state === 'inactive') this.#state = 'active';
  }

  #abortFor(target: StoreTarget): void {
    const error: unknown = 'error' in target ? target.error : undefined;
    this.abortWith(error instanceof DOMException ? error : domError('AbortError', 'a request failed'));
  }

  /** The transaction is active until the microtasks of this turn have run. */
  #rest(): void {
    this.#busy = true;
    this.#turn += 1;
    const turn = this.#turn;
    afterMicrotasks(() => {
      if (turn !== this.#turn) return;
      if (this.#state === 'active') this.#state = 'inactive';
      this.#busy = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#busy || !this.#started || this.isFinished) return;
    if (this.#queue.length > 0) {
      this.#busy = true;
      this.context.loop.soon(() => this.#step());
    } else if (this.#state !== 'active') {
      this.#write();
    }
  }

  #step(): void {
    const next = this.#queue.shift();
    if (next === undefined) return;
    const { request, operation } = next;
    if (request === undefined) {
      this.#runSilently(operation);
      return;
    }
    try {
      request.settle(operation());
    } catch (error) {
      request.fail(domErrorOf(error));
    }
    const succeeded = request.error === null;
    const event = succeeded
      ? new StoreEvent('success')
      : new StoreEvent('error', { bubbles: true, cancelable: true });
    this.dispatchActive(request, event);
  }

  #runSilently(operation: () => unknown): void {
    this.#busy = false;
    try {
      operation();
    } catch (error) {
      this.abortWith(domErrorOf(error));
    }
    this.#advance();
  }

  #write(): void {
    this.#state = 'committing';
    this.#busy = true;
    const { commits, loop } = this.context;
    const tables = [...this.#tables.values()].filter((table) => table.isChanged);
    if (tables.length === 0 && this.#upgrade === undefined) {
      loop.soon(() => this.#complete());
      return;
    }
    const apply = (): void => {
      for (const table of tables) table.apply();
      this.#upgrade?.apply();
    };
    const done = (error?: EngineStoreError): void =>
      loop.soon(() => (error === undefined ? this.#complete() : this.abortWith(domErrorOf(error))));
    commits.submit(apply, done, this.#owner.name);
  }

  #complete(): void {
    this.#state = 'finished';
    this.#tables.clear();
    this.#end(new StoreEvent('complete'));
  }

  #end(event: StoreEvent): void {
    this.#owner.ending(this);
    this.#report(this, event);
    this.#owner.release(this);
    this.#upgrade?.ended(
      event.type === 'complete' ? undefined : domError('AbortError', 'the upgrade was aborted'),
    );
  }

  #report(target: StoreTarget, event: StoreEvent): void {
    for (const error of target.dispatch(event)) throwLater(error);
  }
}
