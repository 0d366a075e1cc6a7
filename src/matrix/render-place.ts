/** Places: https://spec.matrix.org/v1.16/client-server-api/#mlocation, with MSC3488's fields. Pure. */
import type { Place } from '../core/event.ts';
import { geoUri } from '../core/fallback.ts';
import { withoutControls } from '../core/html-subset.ts';
import type { MatrixContent } from './render-text.ts';

/** What a place says. It is a pin: whether the person is there is not known. `at` in milliseconds. */
export function placeFields(place: Place, at: number, prefix = ''): MatrixContent {
  const uri = geoUri(place);
  const said = place.description === undefined ? '' : withoutControls(place.description.toWellFormed());
  const body = `${prefix}${said === '' ? uri : said}`;
  return {
    msgtype: 'm.location',
    body,
    geo_uri: uri,
    'org.matrix.msc3488.location': said === '' ? { uri } : { uri, description: said },
    'org.matrix.msc3488.asset': { type: 'm.pin' },
    'org.matrix.msc3488.ts': at,
    'org.matrix.msc1767.text': body,
  };
}
