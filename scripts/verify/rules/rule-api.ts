import { objectOf } from '../marks.ts';

type Json = Readonly<Record<string, unknown>>;

/** A rule as it is written over HTTP. */
export type RuleJson = Json & { readonly id: string };

/** What the provisioning API answered. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** The provisioning API (docs/provisioning.md), as a program uses it. */
export class RuleApi {
  readonly #base: string;
  readonly #secret: string;

  constructor(base: string, secret: string) {
    this.#base = `${base}/_causeway/v1`;
    this.#secret = secret;
  }

  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json): Promise<Answer> {
    const response = await fetch(this.#base + path, {
      method,
      headers: { authorization: `Bearer ${this.#secret}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: objectOf(await response.json()) };
  }

  /** Asks for what has to be answered. */
  async get(path: string): Promise<Json> {
    return succeeded(`GET ${path}`, await this.ask('GET', path));
  }

  /** Sets rules before all others. */
  async set(rules: readonly RuleJson[]): Promise<void> {
    succeeded('POST /rules', await this.ask('POST', '/rules', { rules, place: 'first' }));
  }

  async remove(ids: readonly string[]): Promise<void> {
    succeeded('POST /rules', await this.ask('POST', '/rules', { remove: ids }));
  }

  /** Has rules in force while something is done. */
  async during<T>(rules: readonly RuleJson[], work: () => Promise<T>): Promise<T> {
    await this.set(rules);
    try {
      return await work();
    } finally {
      await this.remove(rules.map(({ id }) => id));
    }
  }

  /** The ids of the rules in force. */
  async inForce(): Promise<readonly string[]> {
    const { rules } = await this.get('/rules');
    return Array.isArray(rules) ? rules.map((one) => String(objectOf(objectOf(one)['rule'])['id'])) : [];
  }
}

function succeeded(what: string, { status, body }: Answer): Json {
  if (status !== 200) throw new Error(`${what} got ${status}: ${JSON.stringify(body)}`);
  return body;
}
