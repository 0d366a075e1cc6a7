/** Events that go down and up between a request, its transaction and its database: https://dom.spec.whatwg.org/#events */
export type Handler = (this: unknown, event: StoreEvent) => unknown;
type Callback = Handler | { handleEvent(event: StoreEvent): unknown };

interface Listener {
  readonly type: string;
  callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  /** Set by `on…`. */
  readonly attribute: boolean;
  removed: boolean;
}

type Phase = 'capturing' | 'at-target' | 'bubbling';

export class StoreEvent extends Event {
  #target: StoreTarget | null = null;
  #current: StoreTarget | null = null;
  stopped = false;
  stoppedNow = false;

  override get target(): EventTarget | null {
    return this.#target;
  }
  override get currentTarget(): EventTarget | null {
    return this.#current;
  }
  override get srcElement(): EventTarget | null {
    return this.#target;
  }
  override stopPropagation(): void {
    this.stopped = true;
  }
  override stopImmediatePropagation(): void {
    this.stopped = true;
    this.stoppedNow = true;
  }
  begin(target: StoreTarget): void {
    this.#target = target;
  }
  at(current: StoreTarget | null): void {
    this.#current = current;
  }
}

/** https://w3c.github.io/IndexedDB/#events */
export class IDBVersionChangeEvent extends StoreEvent {
  readonly oldVersion: number;
  readonly newVersion: number | null;
  constructor(type: string, versions: { oldVersion?: number; newVersion?: number | null } = {}) {
    super(type);
    this.oldVersion = versions.oldVersion ?? 0;
    this.newVersion = versions.newVersion ?? null;
  }
}

export class StoreTarget implements EventTarget {
  #listeners: Listener[] | undefined;

  /** Who hears of the event as well, from near to far. */
  ancestors(): readonly StoreTarget[] {
    return [];
  }

  addEventListener(type: string, callback: unknown, options?: unknown): void {
    if (!isCallback(callback)) return;
    const { capture, once } = optionsOf(options);
    const known = this.#listeners?.some(
      (listener) =>
        !listener.attribute &&
        listener.type === type &&
        listener.callback === callback &&
        listener.capture === capture,
    );
    if (known !== true) this.#add({ type, callback, capture, once, attribute: false, removed: false });
  }

  removeEventListener(type: string, callback: unknown, options?: unknown): void {
    const { capture } = optionsOf(options);
    this.#remove(
      (listener) =>
        !listener.attribute &&
        listener.type === type &&
        listener.callback === callback &&
        listener.capture === capture,
    );
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof StoreEvent)) throw new TypeError('the event is not one of the store');
    const thrown = this.dispatch(event);
    for (const error of thrown) throwLater(error);
    return !event.defaultPrevented;
  }

  /** Calls all listeners; answers what they threw. */
  dispatch(event: StoreEvent): readonly unknown[] {
    const thrown: unknown[] = [];
    event.begin(this);
    const above = this.ancestors();
    for (const target of above.toReversed()) target.#call(event, 'capturing', thrown);
    this.#call(event, 'at-target', thrown);
    if (event.bubbles) for (const target of above) target.#call(event, 'bubbling', thrown);
    event.at(null);
    return thrown;
  }

  /** What `on…` was set to. */
  handler(type: string): Handler | null {
    const found = this.#listeners?.find((listener) => listener.attribute && listener.type === type);
    return typeof found?.callback === 'function' ? found.callback : null;
  }

  setHandler(type: string, handler: unknown): void {
    const found = this.#listeners?.find((listener) => listener.attribute && listener.type === type);
    if (!isHandler(handler)) this.#remove((listener) => listener === found);
    else if (found !== undefined) found.callback = handler;
    else this.#add({ type, callback: handler, capture: false, once: false, attribute: true, removed: false });
  }

  #add(listener: Listener): void {
    this.#listeners = [...(this.#listeners ?? []), listener];
  }

  #remove(matches: (listener: Listener) => boolean): void {
    for (const listener of this.#listeners ?? []) if (matches(listener)) listener.removed = true;
    this.#listeners = this.#listeners?.filter((listener) => !listener.removed);
  }

  #call(event: StoreEvent, phase: Phase, thrown: unknown[]): void {
    const listeners = this.#listeners;
    if (listeners === undefined || event.stopped) return;
    event.at(this);
    const passes = phase === 'at-target' ? [true, false] : [phase === 'capturing'];
    for (const capture of passes) {
      for (const listener of listeners) {
        if (listener.removed || listener.type !== event.type || listener.capture !== capture) continue;
        if (event.stoppedNow) return;
        if (listener.once) this.#remove((other) => other === listener);
        try {
          const { callback } = listener;
          if (typeof callback === 'function') callback.call(this, event);
          else callback.handleEvent(event);
        } catch (error) {
          thrown.push(error);
        }
      }
    }
  }
}

/** What a listener threw is nobody's to catch: a panic of the engine, say, ends the thread. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function isCallback(value: unknown): value is Callback {
  return isHandler(value) || (typeof value === 'object' && value !== null);
}

function optionsOf(options: unknown): { readonly capture: boolean; readonly once: boolean } {
  if (typeof options !== 'object' || options === null) return { capture: Boolean(options), once: false };
  return {
    capture: 'capture' in options && Boolean(options.capture),
    once: 'once' in options && Boolean(options.once),
  };
}
