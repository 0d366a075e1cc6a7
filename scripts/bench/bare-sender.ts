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

  /** Sends into every room, one message at a time in each, for so long; answers how many were answered in that time. */
  async send(voices: readonly Voice[], ms: number): Promise<number> {
    const deadline = performance.now() + ms;
    let answered = 0;
    await Promise.all(
      voices.map(async (voice) => {
        while (performance.now() < deadline) {
          await this.#one(voice);
          if (performance.now() <= deadline) answered += 1;
        }
      }),
    );
    return answered;
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
