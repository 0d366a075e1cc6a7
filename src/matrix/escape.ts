/**
 * Names of other networks as parts of Matrix identifiers: https://spec.matrix.org/v1.16/appendices/#mapping-from-other-character-sets.
 * Reversible: each name has one form, and a form that this rule would not write is nobody's.
 */
import { networkId, type NetworkId } from '../core/ids.ts';

const plain = /^[a-z0-9._-]*$/;

/** A name in the characters of a localpart: what does not fit, upper case included, is written as `=xx`, a byte of UTF-8. */
export function escape(text: string): string {
  if (plain.test(text)) return text;
  return [...Buffer.from(text.toWellFormed())]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return plain.test(char) ? char : `=${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** The name behind its escaped form, or `undefined` where it is the form of none. */
export function unescape(escaped: string): string | undefined {
  if (plain.test(escaped)) return escaped === '' ? undefined : escaped;
  if (!/^(?:[a-z0-9._-]|=[0-9a-f]{2})*$/.test(escaped)) return undefined;
  const bytes = escaped
    .match(/=[0-9a-f]{2}|[a-z0-9._-]/g)
    ?.map((part) => (part.startsWith('=') ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0)));
  const text = Buffer.from(bytes ?? []).toString();
  return text !== '' && escape(text) === escaped ? text : undefined;
}

/** The localpart that stands for something of a network: the bridge's prefix, the network's name, the escaped name. */
export function localpartFor(prefix: string, network: NetworkId, name: string): string {
  return `${prefix}${network}_${escape(name)}`;
}

/** What a localpart stands for, or `undefined` where it is none of the bridge's. */
export function parseLocalpart(
  prefix: string,
  localpart: string,
): { readonly network: NetworkId; readonly name: string } | undefined {
  if (!localpart.startsWith(prefix)) return undefined;
  const rest = localpart.slice(prefix.length);
  const [, network, escaped] = /^([a-z][a-z0-9]{1,31})_(.+)$/.exec(rest) ?? [];
  if (network === undefined || escaped === undefined) return undefined;
  const name = unescape(escaped);
  return name === undefined ? undefined : { network: networkId(network), name };
}
