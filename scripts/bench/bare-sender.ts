import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';

/** A room, and the ghost that speaks in it. */
export interface Voice {
  readonly room: string;
  readonly ghost: string;
}

const content = {
  msgtype: 'm.text',
  body: 'a message of a benchmark, about as long as the messages that people write to each other',
  'm.mentions': {},
};

/**
 * What the bridge is measured against: nothing but `PUT /send` requests as the same ghosts into the same rooms, over
 * connections that stay open, one at a time in each room.
 */
export class BareSender implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(baseUrl: string, asToken: string) {
    this.#pool = new Pool(baseUrl, {
      connections: 32,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 30_000,
    });
    this.#headers = { authorization: `Bearer ${asToken}`, 'content-type': 'application/json' };
  }

  /** Sends `each` messages in every room; answers how long that took, in milliseconds. */
  async send(voices: readonly Voice[], each: number): Promise<number> {
    const began = performance.now();
    await Promise.all(
      voices.map(async (voice) => {
        for (let count = 0; count < each; count += 1) await this.#one(voice);
      }),
    );
    return performance.now() - began;
  }

  async #one({ room, ghost }: Voice): Promise<void> {
    const query = new URLSearchParams({
      ts: String(Date.now()),
      user_id: ghost,
      device_id: 'CAUSEWAY',
      'org.matrix.msc3202.device_id': 'CAUSEWAY',
    });
    const { statusCode, body } = await this.#pool.request({
      method: 'PUT',
      path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${randomUUID()}?${query.toString()}`,
      headers: this.#headers,
      body: JSON.stringify(content),
    });
    const answer = await body.text();
    if (statusCode !== 200) throw new Error(`A bare send got ${statusCode}: ${answer}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}
