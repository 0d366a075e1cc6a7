// Hostile bodies for the parser of enlistment requests: noise, fields in an order of chance, spoilt requests.
import { parseEnlistment, renderEnlistment } from '../../src/interop/enlistment/request.ts';
import type { Random } from './random.ts';
import { spoiltText } from './spoilt-text.ts';
import type { Target } from './target.ts';

const names = [
  'authkey',
  'e_keytype',
  'e_regid',
  'e_ident',
  'e_skey_id',
  'e_skey_val',
  'e_skey_sig',
  'token',
];
const signs = ['&', '=', '%', '%41', '%3D', '+', '-', '_', '.', ' ', '\n', ...names];

/** What is read must be written the same and read the same again; all else must be a failure that says why. */
export const enlistment: Target = {
  name: 'enlistment',
  attempt: (random) => {
    const body = Buffer.from(bodyOf(random), 'latin1');
    const parsed = parseEnlistment(body);
    if (parsed.kind === 'failed') return parsed.reason;
    const again = parseEnlistment(Buffer.from(renderEnlistment(parsed.request)));
    if (again.kind === 'failed') throw new Error(`written, but does not read: ${again.text}`);
    if (JSON.stringify(again) !== JSON.stringify(parsed)) throw new Error('not the same after another round');
    return 'read';
  },
};

function bodyOf(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return Buffer.from(random.bytes(random.below(600))).toString('latin1');
    case 1:
      return shuffled(random);
    case 2:
      return spoiltText(random, shuffled(random), signs);
    case 3:
      return whole(random, random.below(200) === 0 ? 9_000 : random.below(4_000));
    default:
      return spoiltText(random, whole(random, random.below(60)), signs);
  }
}

function whole(random: Random, length: number): string {
  const pairs = Array.from({ length: 1 + (length >> 8) }, () => coded(random, Math.min(length, 190) + 1));
  const token = `e.${pairs.join('')}.s`;
  const sizes = [32, 1, 4, 32, 3, 32, 64];
  const values = sizes.map((size, at) => (at === 1 ? 'BQ' : coded(random, size)));
  return names.map((name, at) => `${name}=${values[at] ?? token}`).join('&');
}

function shuffled(random: Random): string {
  const length = random.below(12);
  return Array.from({ length }, () => `${random.oneOf(names)}=${coded(random, random.below(70))}`).join('&');
}

function coded(random: Random, size: number): string {
  return Buffer.from(random.bytes(size)).toString('base64url');
}
