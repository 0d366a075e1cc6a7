import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import jwt from 'jsonwebtoken';
import { networkId } from '../../src/core/ids.ts';
import type { NetworkRecords } from '../../src/core/network-records.ts';
import { signByCurveKey } from '../../src/crypto/signal/curve-signature.ts';
import { parseAnswer, type EnlistmentAnswer } from '../../src/interop/enlistment/answer.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import { renderEnlistment, type EnlistmentRequest } from '../../src/interop/enlistment/request.ts';
import { boundedAsker, type OwnedAsker } from '../../src/interop/identity/bounded-request.ts';
import type { KeptSigningKey } from '../../src/interop/identity/signing-key-plan.ts';
import type { Address } from '../../src/interop/node/address.ts';
import type { PinnedRoot } from '../../src/interop/noise/certificate.ts';
import { newCurveKeyPair, type CurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import { enlistmentProfile, identityProfile } from '../../src/interop/profile/identity-profile.ts';
import type { Reachability } from '../../src/interop/stanza/interop-asking.ts';
import type { KeyBundle, Prekey, SignedPrekey } from '../../src/interop/stanza/keys.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import type { HostLimits, HostProvider } from '../../src/networks/thirdparty/host-options.ts';
import type { Account, Host, HostListener } from '../../src/networks/thirdparty/host.ts';
import { makeHost } from '../../src/networks/thirdparty/make-host.ts';
import { jwkOf, pairOf, setOf } from './interop-tokens.ts';
import { listening } from './listening.ts';
import { MemoryRecords } from './memory-records.ts';
import { RecordingLog } from './recording-log.ts';

export const audience = 'https://host.example';
export const thirdparty = networkId('thirdparty');
export const bob: Address = { kind: 'pair', user: '4242', server: 'lid' };
const providerKey = pairOf('birdy');

/** A provider's web server: its keys, and whom it was pushed for. */
export interface TestProvider extends AsyncDisposable {
  readonly url: string;
  readonly pushes: string[];
  fetches: number;
  /** Awaited before keys are served. */
  slow: () => Promise<unknown>;
}

export async function testProvider(): Promise<TestProvider> {
  const app = express();
  const at = await listening(app);
  const provider: TestProvider = {
    ...{ url: at.url, pushes: [], fetches: 0 },
    slow: async () => undefined,
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
  app.get(identityProfile.jwksPath, async (_request, response) => {
    provider.fetches += 1;
    await provider.slow();
    response.type('application/json').send(Buffer.from(setOf(jwkOf(providerKey))));
  });
  app.post('/push', async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    provider.pushes.push(String(Object.values(body ?? {})[0]));
    response.status(200).end();
  });
  return provider;
}

/** A token of the provider about somebody, made by another library than ours. */
export function tokenFor(identifier: string, change: object = {}, pair = providerKey): string {
  const claims = { iss: 'birdy', aud: audience, sub: identifier, exp: Math.floor(Date.now() / 1_000) + 600 };
  return jwt.sign({ ...claims, ...change }, pair.pem, { algorithm: 'RS256', keyid: pair.kid });
}

/** The keys of somebody on the provider's side. */
export interface TestPerson {
  readonly identifier: string;
  readonly auth: CurveKeyPair;
  readonly identity: CurveKeyPair;
  readonly signed: SignedPrekey;
  readonly registration: number;
}

export function testPerson(identifier: string): TestPerson {
  const identity = newCurveKeyPair();
  return {
    ...{ identifier, auth: newCurveKeyPair(), identity, registration: 1234 },
    signed: signedPrekey(identity, 1),
  };
}

export function signedPrekey(identity: CurveKeyPair, id: number): SignedPrekey {
  const { publicKey } = newCurveKeyPair();
  return {
    id,
    key: publicKey,
    signature: signByCurveKey(identity.privateKey, Uint8Array.of(5, ...publicKey)),
  };
}

export function prekeysFrom(first: number, count: number): readonly Prekey[] {
  return Array.from({ length: count }, (_, at) => ({ id: first + at, key: newCurveKeyPair().publicKey }));
}

export function requestOf(person: TestPerson, token = tokenFor(person.identifier)): EnlistmentRequest {
  const { auth, identity, signed, registration } = person;
  return {
    ...{ authKey: auth.publicKey, registrationId: registration, identityKey: identity.publicKey },
    ...{ signedPrekey: signed, token },
  };
}

/** A listener that writes down what it hears; what it answers can be changed. */
export class TestListener implements HostListener {
  messages: { readonly from: Account; readonly stanza: MessageStanza }[] = [];
  receipts: ReceiptStanza[] = [];
  signals: string[] = [];
  told: string[] = [];
  blocks: string[] = [];
  taking: (stanza: MessageStanza) => Promise<{ readonly error?: number }> = async () => ({});
  keys: KeyBundle | undefined;

  async message(from: Account, stanza: MessageStanza): Promise<{ readonly error?: number }> {
    const answer = await this.taking(stanza);
    this.messages.push({ from, stanza });
    return answer;
  }
  async receipt(_from: Account, stanza: ReceiptStanza): Promise<void> {
    this.receipts.push(stanza);
  }
  signal(_from: Account, stanza: Parameters<HostListener['signal']>[1]): void {
    this.signals.push(stanza.kind === 'chatstate' ? stanza.state : (stanza.type ?? 'name'));
  }
  async lookUp(_from: Account, { externalId }: { externalId: string }): Promise<Address | undefined> {
    return externalId === '@bob:example.org' ? bob : undefined;
  }
  async keysOf(): Promise<KeyBundle | undefined> {
    return this.keys;
  }
  async block(_from: Account, who: Address, blocked: boolean): Promise<void> {
    if (who.kind === 'pair') this.blocks.push(`${blocked ? '+' : '-'}${who.user}`);
  }
  async blocked(): Promise<readonly Address[]> {
    return [bob];
  }
  async reachability(_from: Account, set?: Reachability): Promise<Reachability> {
    return set ?? { enabled: true, integrators: [12] };
  }
  enlisted: HostListener['enlisted'] = async ({ login }, keys) => {
    this.told.push(`${keys} ${login.user}`);
  };
  gone: HostListener['gone'] = async ({ login }, why) => {
    this.told.push(`${why} ${login.user}`);
  };
}

export interface SceneOptions {
  readonly limits?: Partial<HostLimits>;
  readonly records?: NetworkRecords;
  readonly provider?: TestProvider;
  readonly now?: () => number;
  readonly providers?: readonly HostProvider[];
  readonly start?: boolean;
}

/** A host with its doors on loopback. */
export interface HostScene extends AsyncDisposable {
  readonly host: Host;
  readonly listener: TestListener;
  readonly records: MemoryRecords;
  readonly provider: TestProvider;
  readonly log: RecordingLog;
  readonly url: string;
  readonly root: PinnedRoot;
  isOpen: boolean;
  /** Awaited before it is said whether a provider is open. */
  opening: () => Promise<unknown>;
  enlist(request: EnlistmentRequest): Promise<EnlistmentAnswer>;
  /** Enlists, and answers the login. */
  enlisted(person: TestPerson): Promise<Login>;
}

export async function hostScene(options: SceneOptions = {}): Promise<HostScene> {
  const provider = options.provider ?? (await testProvider());
  const memory = options.records instanceof MemoryRecords ? options.records : new MemoryRecords();
  const records = options.records ?? memory;
  const log = new RecordingLog();
  const listener = new TestListener();
  const asker = boundedAsker({ deadlineMs: 5_000, maxBytes: 65_536, allowHttp: true });
  const scene = { isOpen: true, opening: async (): Promise<unknown> => undefined };
  let keys: readonly KeptSigningKey[] = [];
  const host = makeHost({
    ...{
      network: thirdparty,
      records,
      key: new Uint8Array(32).fill(3),
      audience: [audience],
      name: 'Causeway',
    },
    providers: options.providers ?? [birdy(provider.url)],
    isOpen: async () => {
      await scene.opening();
      return scene.isOpen;
    },
    ask: asker.ask,
    signingKeys: {
      load: async () => keys,
      save: async (kept) => void (keys = kept),
    },
    files: { find: async () => undefined },
    chat: { host: '127.0.0.1', port: 0 },
    ...{ log, limits: { lingerMs: 200, ...options.limits } },
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  if (options.start !== false) await host.start(listener);
  const web = createServer(express().set('env', 'production').use(host.web.router));
  web.on('upgrade', (request, socket, head) => host.web.upgrade(request, socket, head));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const enlist = (request: EnlistmentRequest): Promise<EnlistmentAnswer> =>
    posted(url, renderEnlistment(request));
  return Object.assign(scene, {
    ...{ host, listener, records: memory, provider, log, url, root: await host.root(), enlist },
    enlisted: async (person: TestPerson) => {
      const answer = await enlist(requestOf(person));
      assert.ok(answer.kind === 'enlisted', JSON.stringify(answer));
      return answer.login;
    },
    [Symbol.asyncDispose]: () =>
      closed(host, web, asker, options.provider === undefined ? provider : undefined),
  });
}

export function birdy(url: string): HostProvider {
  return {
    ...{ integrator: 12, name: 'BirdyChat', issuer: 'birdy', identifierType: 'email', pushUrl: url },
    jwksUrl: `${url}${identityProfile.jwksPath}`,
  };
}

export async function posted(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<EnlistmentAnswer> {
  const response = await fetch(`${url}${enlistmentProfile.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const answer = parseAnswer(new Uint8Array(await response.arrayBuffer()));
  assert.ok(answer.kind !== 'failed', `status ${response.status}`);
  return answer;
}

async function closed(host: Host, web: Server, asker: OwnedAsker, provider?: TestProvider): Promise<void> {
  const ended = once(web, 'close');
  web.close();
  await host[Symbol.asyncDispose]();
  web.closeAllConnections();
  await ended;
  await asker[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
}
