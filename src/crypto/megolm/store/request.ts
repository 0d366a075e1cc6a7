/** https://w3c.github.io/IndexedDB/#request-api */
import { domError } from './errors.ts';
import { type Handler, StoreTarget } from './events.ts';

export class IDBRequest extends StoreTarget {
  readonly source: unknown;
  #transaction: StoreTarget | null;
  #outcome:
    | { readonly kind: 'pending' }
    | { readonly kind: 'done'; readonly result: unknown }
    | { readonly kind: 'failed'; readonly error: DOMException } = { kind: 'pending' };

  constructor(source: unknown, transaction: StoreTarget | null) {
    super();
    this.source = source;
    this.#transaction = transaction;
  }

  get transaction(): StoreTarget | null {
    return this.#transaction;
  }

  get readyState(): 'pending' | 'done' {
    return this.#outcome.kind === 'pending' ? 'pending' : 'done';
  }

  get result(): unknown {
    if (this.#outcome.kind === 'pending') throw domError('InvalidStateError', 'the request is not done');
    return this.#outcome.kind === 'done' ? this.#outcome.result : undefined;
  }

  get error(): DOMException | null {
    if (this.#outcome.kind === 'pending') throw domError('InvalidStateError', 'the request is not done');
    return this.#outcome.kind === 'failed' ? this.#outcome.error : null;
  }

  get onsuccess(): Handler | null {
    return this.handler('success');
  }
  set onsuccess(handler: unknown) {
    this.setHandler('success', handler);
  }
  get onerror(): Handler | null {
    return this.handler('error');
  }
  set onerror(handler: unknown) {
    this.setHandler('error', handler);
  }

  override ancestors(): readonly StoreTarget[] {
    const transaction = this.#transaction;
    return transaction === null ? [] : [transaction, ...transaction.ancestors()];
  }

  readonly [Symbol.toStringTag]: string = 'IDBRequest';

  /** Part of the store: what became of it. */
  settle(result: unknown): void {
    this.#outcome = { kind: 'done', result };
  }
  fail(error: DOMException): void {
    this.#outcome = { kind: 'failed', error };
  }
  reopen(): void {
    this.#outcome = { kind: 'pending' };
  }
  moveTo(transaction: StoreTarget | null): void {
    this.#transaction = transaction;
  }
}

export class IDBOpenDBRequest extends IDBRequest {
  constructor() {
    super(null, null);
  }

  get onblocked(): Handler | null {
    return this.handler('blocked');
  }
  set onblocked(handler: unknown) {
    this.setHandler('blocked', handler);
  }
  get onupgradeneeded(): Handler | null {
    return this.handler('upgradeneeded');
  }
  set onupgradeneeded(handler: unknown) {
    this.setHandler('upgradeneeded', handler);
  }

  /** Events of an opening stay with it: the transaction of an upgrade does not hear of them. */
  override ancestors(): readonly StoreTarget[] {
    return [];
  }

  override readonly [Symbol.toStringTag]: string = 'IDBOpenDBRequest';
}
