import type { Dispatcher } from 'undici';
import type { RawAnswer } from './request.ts';

/** A request whose answer is a short text, given at once. */
export type TextRequest = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'headers'> & {
  readonly body: string | null;
  readonly signal: AbortSignal | undefined;
  /** An answer that is longer than so many bytes is broken off. */
  readonly maxAnswerBytes: number;
};

/**
 * Makes a request and answers its whole text, without the stream that undici's own `request` puts in between; most
 * answers of a homeserver come in one piece. Rejects with what broke it, or with the reason of the signal.
 */
export function textRequest(dispatcher: Dispatcher, request: TextRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, maxAnswerBytes, ...options } = request;
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    dispatcher.dispatch(options, new TextAnswer(signal, maxAnswerBytes, resolve, reject));
  });
}

/** Collects an answer. */
class TextAnswer implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal | undefined;
  readonly #limit: number;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #size = 0;
  #status = 0;
  #retryAfter: string | undefined;
  #date: string | undefined;

  constructor(
    signal: AbortSignal | undefined,
    limit: number,
    resolve: (answer: RawAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#signal = signal;
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener('abort', this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted === true) this.#abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    const retryAfter = headers['retry-after'];
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined;
    const { date } = headers;
    this.#date = typeof date === 'string' ? date : undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.byteLength;
    this.#chunks.push(chunk);
    if (this.#size > this.#limit)
      controller.abort(new Error('the answer is longer than any that is expected'));
  }

  onResponseEnd(): void {
    this.#end();
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const date = this.#date === undefined ? {} : { date: this.#date };
    const text = whole.toString();
    this.#resolve({ status: this.#status, retryAfter: this.#retryAfter, text, ...date });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  /** What still waits for a connection ends at once, and is not sent any more when its turn comes. */
  readonly #abort = (): void => {
    if (this.#signal === undefined) return;
    const reason = reasonOf(this.#signal);
    this.#controller?.abort(reason);
    this.#end();
    this.#reject(reason);
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
