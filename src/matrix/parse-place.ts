/** Places: https://spec.matrix.org/v1.16/client-server-api/#mlocation, with MSC3488's fields; `geo:` URIs are RFC 5870. */
import type { Content, Place } from '../core/event.ts';
import { withoutControls } from '../core/html-subset.ts';
import type { Unsupported } from '../core/outcome.ts';
import { objectIn, textIn, type JsonObject } from './json-object.ts';

/** Farther than from pole to pole. */
const maxAccuracy = 40_000_000;

/** Reads the content of an `m.location` message. */
export function parsePlace(content: JsonObject): Content | Unsupported {
  const extensible =
    objectIn(content, 'm.location') ?? objectIn(content, 'org.matrix.msc3488.location') ?? {};
  const uri = textIn(content, 'geo_uri') ?? textIn(extensible, 'uri') ?? '';
  const at = parseGeoUri(uri);
  if (at === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const said = textIn(extensible, 'description') ?? ownWords(textIn(content, 'body') ?? '', uri);
  const description = withoutControls(said).trim();
  return { kind: 'location', place: { ...at, description: description === '' ? undefined : description } };
}

/** Clients that know no description put the URI and a time into the body: words of theirs, not of their user. */
function ownWords(body: string, uri: string): string {
  return body.includes(uri) || body.includes('geo:') ? '' : body;
}

/** A place in a `geo:` URI, or `undefined` where it is none or in another reference system than WGS 84. */
export function parseGeoUri(uri: string): Omit<Place, 'description'> | undefined {
  if (uri.length > 500) return undefined;
  const [path = '', ...parameters] = uri.split(';');
  const [, latitude, longitude] =
    /^geo:(-?\d{1,3}(?:\.\d{1,30})?),(-?\d{1,3}(?:\.\d{1,30})?)(?:,-?\d{1,9}(?:\.\d{1,30})?)?$/i.exec(
      path.trim(),
    ) ?? [];
  if (latitude === undefined || longitude === undefined) return undefined;
  const named = new Map(parameters.map((one) => pair(one)));
  const system = named.get('crs') ?? 'wgs84';
  const at = { latitude: Number(latitude), longitude: Number(longitude) };
  if (Math.abs(at.latitude) > 90 || Math.abs(at.longitude) > 180 || system !== 'wgs84') return undefined;
  return { ...at, accuracy: accuracyOf(named.get('u')) };
}

function pair(parameter: string): [string, string] {
  const [name = '', value = ''] = parameter.trim().toLowerCase().split('=', 2);
  return [name, value];
}

function accuracyOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,9}(?:\.\d{1,30})?$/.test(text)) return undefined;
  return Math.min(Number(text), maxAccuracy);
}
