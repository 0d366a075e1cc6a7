/** The country of a phone number, by the plan of the ITU (E.164) as libphonenumber describes it. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { BoundedMap } from './core/bounded-map.ts';

/** More than a number of 15 figures with everything that people write between them. */
const longest = 40;
const remembered = new BoundedMap<string, string | undefined>(10_000);

/**
 * The country (ISO 3166-1 alpha-2) of a number that is written internationally, also as `tel:` (RFC 3966). Undefined where
 * it is no valid number, or of no country alone: a fictional one, a satellite's. Whatever it is given, it is bounded.
 */
export function countryOf(number: string): string | undefined {
  if (number.length > longest) return undefined;
  const plain = number.trim().replace(/^tel:/i, '');
  if (!plain.startsWith('+')) return undefined;
  if (!remembered.has(plain)) remembered.set(plain, lookUp(plain));
  return remembered.get(plain);
}

function lookUp(number: string): string | undefined {
  const parsed = parsePhoneNumberFromString(number, { extract: false });
  return parsed?.isValid() === true ? parsed.country : undefined;
}
