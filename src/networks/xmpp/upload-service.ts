/** The server's place for files: https://xmpp.org/extensions/xep-0363.html, found by https://xmpp.org/extensions/xep-0030.html */
import xml, { type Element } from '@xmpp/xml';
import type { Link } from './client.ts';
import { namespaces } from './link-namespaces.ts';
import { attribute } from './stanza.ts';

const patienceMs = 10_000;
const validMs = 10 * 60_000;

/** The host that hands out slots, and the largest file that it takes, where it says so. */
export interface UploadService {
  readonly host: string;
  readonly maxBytes: number | undefined;
}

/** Finds the upload host of the server, and remembers it for a while. */
export class UploadFinder {
  readonly #link: Link;
  readonly #from: string;
  readonly #server: string;
  readonly #configured: string | undefined;
  readonly #now: () => number;
  #found: { readonly service: UploadService; readonly until: number } | undefined;

  constructor(
    link: Link,
    where: { readonly from: string; readonly server: string; readonly configured: string | undefined },
    now: () => number,
  ) {
    this.#link = link;
    this.#from = where.from;
    this.#server = where.server;
    this.#configured = where.configured;
    this.#now = now;
  }

  /** The service, `none` where the server has none, or `no-answer` where it could not be asked. */
  async find(): Promise<UploadService | 'none' | 'no-answer'> {
    if (this.#found !== undefined && this.#found.until > this.#now()) return this.#found.service;
    const hosts = this.#configured === undefined ? await this.#items() : [this.#configured];
    if (hosts === undefined) return 'no-answer';
    const asked = await Promise.all(hosts.map((host) => this.#look(host)));
    const service = asked.find((answer) => typeof answer === 'object');
    if (service === undefined) return asked.includes('no-answer') ? 'no-answer' : 'none';
    this.#found = { service, until: this.#now() + validMs };
    return service;
  }

  async #items(): Promise<readonly string[] | undefined> {
    const child = xml('query', namespaces.discoItems);
    const answer = await this.#link.ask(
      { type: 'get', from: this.#from, to: this.#server, child },
      patienceMs,
    );
    if (answer.kind !== 'result') return undefined;
    const items = answer.stanza.getChild('query', namespaces.discoItems)?.getChildren('item') ?? [];
    const hosts = items
      .filter((item) => attribute(item, 'node') === undefined)
      .map((item) => attribute(item, 'jid'));
    return [this.#server, ...hosts.filter((host) => host !== undefined && host !== this.#from)]
      .filter((host) => host !== undefined)
      .slice(0, 50);
  }

  async #look(host: string): Promise<UploadService | 'none' | 'no-answer'> {
    const child = xml('query', namespaces.discoInfo);
    const answer = await this.#link.ask({ type: 'get', from: this.#from, to: host, child }, patienceMs);
    if (answer.kind === 'no-answer') return 'no-answer';
    const query = answer.stanza.getChild('query', namespaces.discoInfo);
    const features = query?.getChildren('feature').map((feature) => attribute(feature, 'var')) ?? [];
    if (answer.kind === 'error' || query === undefined || !features.includes(namespaces.upload))
      return 'none';
    return { host, maxBytes: maxFileSize(query) };
  }
}

function maxFileSize(query: Element): number | undefined {
  const value = query
    .getChildren('x', namespaces.form)
    .flatMap((form) => form.getChildren('field'))
    .find((field) => attribute(field, 'var') === 'max-file-size')
    ?.getChildText('value');
  return value !== null && value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
