/** What the doctor looks at of networks that show something to the world. */
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import type { BridgeConfig } from './config-schema.ts';
import { networkId, type NetworkId } from './core/ids.ts';
import type { DoctorContext, KeySource, PublicProbe } from './doctor/context.ts';
import { boundedAsker, usualBounds, type Asker } from './interop/identity/bounded-request.ts';
import { parseJwkSet } from './interop/identity/jwk-set.ts';
import { identityProfile } from './interop/profile/identity-profile.ts';
import type { Bind } from './interop/web/public-web.ts';

const patience = 10_000;

type Networks = Pick<BridgeConfig['networks'], 'whatsapp' | 'thirdparty'>;

/** Those of the two that are configured. They work on what is kept, so no link of theirs is tried beside a bridge. */
export function openNetworks({ whatsapp, thirdparty }: Networks): readonly NetworkId[] {
  return [
    ...(whatsapp === undefined ? [] : [networkId('whatsapp')]),
    ...(thirdparty === undefined ? [] : [networkId('thirdparty')]),
  ];
}

export function webProbes(networks: Networks): Pick<DoctorContext, 'publics' | 'keySources'> {
  const { whatsapp, thirdparty } = networks;
  const [partner, host] = [networkId('whatsapp'), networkId('thirdparty')];
  return {
    publics: [
      ...(whatsapp === undefined
        ? []
        : [publicProbe(partner, new URL(whatsapp.public_url).origin, whatsapp.listen)]),
      ...(thirdparty === undefined ? [] : [publicProbe(host, thirdparty.public_url, thirdparty.listen)]),
    ],
    keySources: [
      ...(whatsapp === undefined
        ? []
        : [keySource(partner, 'WhatsApp', whatsapp.push_jwks_url, whatsapp.trusted_hosts)]),
      ...(thirdparty?.providers ?? []).map(({ name, jwks_url, trusted_hosts }) =>
        keySource(host, name, jwks_url, trusted_hosts),
      ),
    ],
  };
}

function publicProbe(network: NetworkId, url: string, listen: Bind): PublicProbe {
  const page = url.replace(/\/+$/, '') + identityProfile.jwksPath;
  return {
    ...{ network, url },
    look: async () => {
      const own = await fetched(localUrl(listen) + identityProfile.jwksPath);
      if (own.kind !== 'page' || own.status !== 200) return { kind: 'not-running' };
      const seen = await fetched(page);
      if (seen.kind === 'unreachable') return seen;
      if (seen.status !== 200) return { kind: 'other', status: seen.status };
      return { kind: seen.digest === own.digest ? 'served' : 'elsewhere' };
    },
    certificate: () => certificateAt(new URL(url)),
  };
}

type Fetched =
  | { readonly kind: 'page'; readonly status: number; readonly digest: string }
  | { readonly kind: 'unreachable'; readonly code: string };

/** By the bridge's own hand: no redirect is followed, and no more is read than a key set may have. */
async function fetched(url: string): Promise<Fetched> {
  const answer = await asking(true, (ask) => ask({ method: 'GET', url, headers: {} }));
  if (answer.kind === 'failed') return { kind: 'unreachable', code: answer.reason };
  const digest = createHash('sha256').update(answer.body).digest('base64');
  return { kind: 'page', status: answer.status, digest };
}

function keySource(network: NetworkId, name: string, url: string, trusted: readonly string[]): KeySource {
  const { hostname = '', host = '' } = URL.parse(url) ?? {};
  const isTrusted = trusted.includes(hostname) || trusted.includes(host);
  return {
    ...{ network, name, url },
    look: async () => {
      const answer = await asking(isTrusted, (ask) => ask({ method: 'GET', url, headers: {} }));
      if (answer.kind === 'failed') return { kind: 'failed', code: answer.reason };
      if (answer.status !== 200) return { kind: 'failed', code: `HTTP ${answer.status}` };
      const read = parseJwkSet(answer.body);
      if (read.kind === 'failed') return { kind: 'failed', code: read.reason };
      return { kind: 'keys', count: read.keys.length };
    },
  };
}

async function asking<T>(allowHttp: boolean, ask: (asker: Asker) => Promise<T>): Promise<T> {
  await using asker = boundedAsker({ ...usualBounds, allowHttp });
  return await ask(asker.ask);
}

function localUrl({ host: on, port }: Bind): string {
  const host = on === '0.0.0.0' || on === '::' ? 'localhost' : on;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** As whoever calls would take it, or not. */
export async function certificateAt(
  { protocol, hostname, port }: URL,
  ca?: string,
): ReturnType<PublicProbe['certificate']> {
  if (protocol !== 'https:') return { kind: 'plain' };
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    ...{ host, port: Number(port === '' ? 443 : port), timeout: patience },
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca === undefined ? {} : { ca }),
  });
  const seen = Promise.withResolvers<Awaited<ReturnType<PublicProbe['certificate']>>>();
  socket.once('secureConnect', () =>
    seen.resolve({ kind: 'valid', until: Date.parse(socket.getPeerCertificate().valid_to) }),
  );
  socket.once('timeout', () => seen.resolve({ kind: 'refused', code: 'ETIMEDOUT' }));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    seen.resolve({ kind: 'refused', code: error.code ?? error.name }),
  );
  socket.once('close', () => seen.resolve({ kind: 'refused', code: 'closed' }));
  try {
    return await seen.promise;
  } finally {
    socket.destroy();
  }
}
