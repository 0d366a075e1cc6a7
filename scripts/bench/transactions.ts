import { Pool } from 'undici';

/** Sends transactions to the bridge as a homeserver does: one after the other, over a connection that stays open. */
export class TransactionFeed implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #hsToken: string;
  readonly #sender: string;
  #transactions = 0;

  constructor(port: number, hsToken: string, sender: string) {
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1, pipelining: 1 });
    this.#hsToken = hsToken;
    this.#sender = sender;
  }

  /** Sends `rooms` one message each, in one transaction; resolves when the bridge has answered 200. */
  async send(rooms: readonly string[]): Promise<void> {
    this.#transactions += 1;
    const id = this.#transactions;
    const { statusCode, body } = await this.#pool.request({
      method: 'PUT',
      path: `/_matrix/app/v1/transactions/${id}`,
      headers: { authorization: `Bearer ${this.#hsToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: rooms.map((room, n) => this.#event(room, id, n)) }),
    });
    const answer = await body.text();
    if (statusCode !== 200) throw new Error(`A transaction got ${statusCode}: ${answer}`);
  }

  /** A text as Synapse sends it. */
  #event(room: string, transaction: number, n: number): Readonly<Record<string, unknown>> {
    const at = Date.now();
    return {
      type: 'm.room.message',
      room_id: room,
      sender: this.#sender,
      user_id: this.#sender,
      event_id: `$${transaction}.${n}-0123456789abcdefghijklmnopqrstuvwxyz`,
      origin_server_ts: at,
      content: {
        msgtype: 'm.text',
        body: 'a message of a benchmark, about as long as the messages that people write to each other',
        'm.mentions': {},
      },
      unsigned: { age: 12 },
      age: 12,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}
