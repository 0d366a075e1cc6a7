/**
 * Places: `geo:` URIs (https://www.rfc-editor.org/rfc/rfc5870), which clients show as a map where they are the whole body,
 * and https://xmpp.org/extensions/xep-0080.html for those that read it.
 */
import xml, { type Element } from '@xmpp/xml';
import type { Place } from '../../core/event.ts';
import { withoutControls } from '../../core/html-subset.ts';
import { namespaces } from './namespaces.ts';

const geoUri =
  /^geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:,-?\d{1,9}(?:\.\d{1,20})?)?((?:;[^;?\s]{1,200}){0,16})(?:\?\S{0,2000})?$/i;
/** In metres: half of the way around the earth. */
const leastAccuracy = 20_037_508;
const longestDescription = 2000;

/** The place that a stanza tells, or `undefined` where it tells none on earth. `body` is what the person said. */
export function readPlace(stanza: Element, body: string): Place | undefined {
  const words = body.trim();
  const inBody = placeOfUri(words);
  const inPayload = placeOfPayload(stanza.getChild('geoloc', namespaces.geoloc));
  if (inBody === undefined && inPayload === undefined) return undefined;
  const said = inBody === undefined ? words : '';
  const description = inPayload?.description ?? (said === '' ? undefined : said);
  const place = inPayload ?? inBody;
  if (place === undefined) return undefined;
  // Words that are neither the place nor its description would be lost.
  if (said !== '' && said !== description) return { ...place, description: `${description}\n${said}` };
  return { ...place, accuracy: place.accuracy ?? inBody?.accuracy, description };
}

/** A place as a `geo:` URI. */
export function geoUriOf({ latitude, longitude, accuracy }: Place): string {
  const uncertainty = accuracy === undefined ? '' : `;u=${decimal(accuracy)}`;
  return `geo:${decimal(latitude)},${decimal(longitude)}${uncertainty}`;
}

/** The payloads that tell a place. */
export function placeElements(place: Place): readonly Element[] {
  const { latitude, longitude, accuracy, description } = place;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['lat', decimal(latitude)],
    ['lon', decimal(longitude)],
    ['accuracy', accuracy === undefined ? undefined : decimal(accuracy)],
    ['description', description],
  ];
  const children = facts.flatMap(([name, value]) => (value === undefined ? [] : [xml(name, {}, value)]));
  return [xml('body', {}, geoUriOf(place)), xml('geoloc', { xmlns: namespaces.geoloc }, ...children)];
}

function placeOfUri(text: string): Place | undefined {
  const [whole, latitude, longitude, parameters = ''] = geoUri.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const given = new Map(
    parameters.split(';').map((parameter) => {
      const [name = '', value = ''] = parameter.split('=', 2);
      return [name.toLowerCase(), value.toLowerCase()];
    }),
  );
  if ((given.get('crs') ?? 'wgs84') !== 'wgs84') return undefined;
  return placeAt(latitude, longitude, given.get('u'), undefined);
}

function placeOfPayload(geoloc: Element | undefined): Place | undefined {
  if (geoloc === undefined) return undefined;
  const said = (name: string): string | undefined => geoloc.getChildText(name)?.trim();
  const description = ['description', 'text', 'street', 'area', 'locality']
    .map((name) => withoutControls(said(name)?.slice(0, longestDescription).toWellFormed() ?? ''))
    .find((text) => text !== '');
  return placeAt(said('lat'), said('lon'), said('accuracy'), description);
}

function placeAt(
  latitude: string | undefined,
  longitude: string | undefined,
  accuracy: string | undefined,
  description: string | undefined,
): Place | undefined {
  const [lat, lon, metres] = [latitude, longitude, accuracy].map(degrees);
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return undefined;
  const sane = metres !== undefined && metres >= 0 && metres <= leastAccuracy;
  return { latitude: lat, longitude: lon, accuracy: sane ? metres : undefined, description };
}

function degrees(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,9}(?:\.\d{1,20})?$/.test(text) ? Number(text) : undefined;
}

/** Without an exponent; seven places are a centimetre. */
function decimal(value: number): string {
  const text = value.toFixed(7).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}
