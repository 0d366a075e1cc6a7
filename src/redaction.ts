import { createHmac } from 'node:crypto';

/** Fields whose text names a person, a room or a message. */
const identifiers = new Set([
  'user',
  'userId',
  'user_id',
  'sender',
  'receiver',
  'remote',
  'room',
  'roomId',
  'room_id',
  'eventId',
  'event_id',
  'eventIds',
  'messageId',
  'messageIds',
  'portal',
  'portalId',
  'chat',
  'lane',
  'outerId',
  'cause_id',
  'address',
  'jid',
  'from',
  'to',
  'ghost',
  'target',
  'key',
  'mxc',
  'localpart',
  'name',
  'stateKey',
  'state_key',
  'owner',
]);
/** Fields that are never written: what people said, and what opens doors. */
const forbidden =
  /^(body|content|raw|payload|html|plain|text|caption|formatted_?body|stanza|xml|code|state_text|.*(token|secret|password|passwd|authorization|cookie|credential|encryptionKey|encryption_key))$/i;
/** Codes of errors are no codes of logins. */
const errorFields = ['code', 'errcode', 'errno', 'syscall', 'status', 'condition', 'reason'] as const;
const secrets: readonly [RegExp, string][] = [
  [
    /(access_token|hs_token|as_token|token|secret|password)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi,
    '$1$2[secret]',
  ],
  [/\b(Bearer|Basic)\s+\S+/gi, '$1 [secret]'],
  [/\b(?:syt|mct|mat)_[A-Za-z0-9_-]{8,}/g, '[secret]'],
  [/\b[0-9a-f]{64}\b/gi, '[secret]'],
  [/(\w+:\/\/[^\s:/@]*):[^\s@/]+@/g, '$1:[secret]@'],
];
const named =
  /[@!#$][^\s:"'<>/?]{1,255}:[\w.[\]:-]+|\$[A-Za-z0-9_-]{20,}|![A-Za-z0-9_-]{20,}|[^\s@"'<>:/=(,]+@[\w-]+(?:\.[\w-]+)*(?:\/[^\s"'<>)]*)?/g;

/** Makes what is safe to write of the fields of a log line. Never throws, and never follows a circle. */
export class Redaction {
  readonly #key: string | Buffer;
  readonly #identifiersShown: boolean;

  /** `key` makes the short forms of identifiers: the same key, the same forms. */
  constructor(key: string | Buffer, identifiersShown: boolean) {
    this.#key = key;
    this.#identifiersShown = identifiersShown;
  }

  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.#record(fields, 0);
  }

  /** The short form of an identifier, by which lines can be matched: `~1a2b3c4d5e`. */
  identifier(value: string): string {
    if (this.#identifiersShown || value === '') return value;
    return `~${createHmac('sha256', this.#key).update(value).digest('hex').slice(0, 10)}`;
  }

  #record(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, this.#field(name, value, depth)]),
    );
  }

  #field(name: string, value: unknown, depth: number): unknown {
    if (value instanceof Error) return this.#error(value, depth);
    if (forbidden.test(name)) return value === undefined ? undefined : '[omitted]';
    if (identifiers.has(name)) return this.#named(value);
    return this.#value(value, depth);
  }

  #named(value: unknown): unknown {
    if (typeof value === 'string') return this.identifier(value);
    if (Array.isArray(value)) return value.slice(0, 50).map((item) => this.#named(item));
    return this.#value(value, 3);
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (value instanceof Error) return this.#error(value, depth);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= 4) return '[deep]';
    if (Array.isArray(value)) return value.slice(0, 50).map((item) => this.#value(item, depth + 1));
    if (value instanceof Uint8Array) return '[bytes]';
    return this.#record(value as Record<string, unknown>, depth + 1);
  }

  /** An error's type, codes, message and frames; nothing else that hangs on it (bodies of answers, requests). */
  #error(error: Error, depth: number): Record<string, unknown> {
    const told: Record<string, unknown> = {
      type: error.name,
      message: this.#text(error.message.slice(0, 500)),
    };
    for (const name of errorFields) {
      const value: unknown = (error as unknown as Record<string, unknown>)[name];
      if (typeof value === 'string' || typeof value === 'number')
        told[name] = typeof value === 'string' ? this.#text(value) : value;
    }
    const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    told['stack'] = frames
      .slice(0, 12)
      .map((frame) => frame.trim())
      .join('\n');
    if (error.cause !== undefined)
      told['cause'] = depth >= 4 ? '[deep]' : this.#value(error.cause, depth + 1);
    return told;
  }

  #text(value: string): string {
    const clean = secrets.reduce(
      (text, [pattern, instead]) => text.replace(pattern, instead),
      value.slice(0, 2000),
    );
    return this.#identifiersShown ? clean : clean.replace(named, (id) => this.identifier(id));
  }
}
