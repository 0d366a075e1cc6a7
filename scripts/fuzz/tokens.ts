// Hostile tokens for the verifier: noise, forged heads over true signatures, spoilt tokens.
import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { verifyToken, type Expected, type FoundKeys } from '../../src/interop/identity/token.ts';
import type { Random } from './random.ts';
import { spoiltText } from './spoilt-text.ts';
import type { Target } from './target.ts';

const now = 1_790_000_000_000;
const signs = ['.', '=', '+', '/', '-', '_', ' ', 'eyJhbGciOiJub25lIn0', 'e30', 'bnVsbA', 'A', 'w'];
const claims = { iss: 'provider', aud: 'host', sub: 'a', exp: now / 1_000 + 60 };

/** A verified token is one that was signed here, unchanged; all else must be a failure that says why. */
export const tokens: Target = {
  name: 'tokens',
  attempt: async (random) => {
    const scene = theScene();
    const token = tokenOf(random, scene);
    const verified = await verifyToken(token, scene.expected);
    if (verified.kind === 'failed') return verified.reason;
    if (!scene.genuine.includes(token) && !scene.odd.has(token)) throw new Error(`not signed here: ${token}`);
    return 'verified';
  },
};

interface Scene {
  readonly expected: Expected;
  readonly genuine: readonly string[];
  /** Signed with the true key, with claims of chance: the last few. */
  readonly odd: Set<string>;
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}
let scene: Scene | undefined;

function theScene(): Scene {
  if (scene !== undefined) return scene;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const publicKey = createPublicKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  scene = {
    expected: {
      keys: {
        find: async (kid): Promise<FoundKeys> =>
          kid === undefined || kid === 'k'
            ? { kind: 'keys', keys: [publicKey] }
            : { kind: 'failed', reason: 'unknown-key', text: '' },
      },
      ...{ issuer: 'provider', audience: ['host'], longestLifeMs: 3_600_000, skewMs: 1_000, now: () => now },
    },
    genuine: [{ kid: 'k' }, {}].map((head) => signed({ alg: 'RS256', ...head }, claims, privateKey)),
    odd: new Set(),
    privateKey,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  return scene;
}

function tokenOf(random: Random, { genuine, odd, privateKey, publicPem }: Scene): string {
  const token = random.oneOf(genuine);
  const [, payload = '', signature = ''] = token.split('.');
  switch (random.below(8)) {
    case 0:
      return Buffer.from(random.bytes(random.below(300))).toString('latin1');
    case 1:
      return [0, 1, 2].map(() => Buffer.from(random.bytes(random.below(80))).toString('base64url')).join('.');
    case 2:
      return `${part(headOf(random))}.${random.below(2) === 0 ? payload : part(claimsOf(random))}.${signature}`;
    case 3: {
      const input = `${part(headOf(random))}.${payload}`;
      return `${input}.${createHmac('sha256', publicPem).update(input).digest('base64url')}`;
    }
    case 4: {
      if (random.below(4) > 0) return token;
      const made = signed({ alg: 'RS256', kid: 'k' }, claimsOf(random), privateKey);
      if (odd.size > 100) odd.clear();
      odd.add(made);
      return made;
    }
    case 5:
      return random.below(20) === 0 ? 'A'.repeat(random.below(9_000)) : token;
    default:
      return spoiltText(random, token, signs);
  }
}

function headOf(random: Random): unknown {
  return {
    alg: random.oneOf<unknown>(['RS256', 'RS256', 'none', 'HS256', 'PS256', 'rs256', ['RS256'], null, 0]),
    ...(random.below(2) === 0 ? { kid: random.oneOf<unknown>(['k', 'k', 'x', '', 1, null]) } : {}),
    ...(random.below(4) === 0 ? { typ: random.oneOf<unknown>(['JWT', 'JWE', 5]) } : {}),
    ...(random.below(8) === 0 ? { crit: ['b64'], b64: false } : {}),
    ...(random.below(8) === 0 ? { jwk: {}, jku: 'https://example.org' } : {}),
  };
}

function claimsOf(random: Random): unknown {
  const value = (): unknown =>
    random.oneOf<unknown>([0, -1, 1e300, '', 'x', null, [], {}, true, now / 1_000]);
  return random.below(8) === 0 ? value() : { ...claims, exp: value(), nbf: value(), iat: value() };
}

function signed(head: unknown, payload: unknown, key: KeyObject): string {
  const input = `${part(head)}.${part(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
