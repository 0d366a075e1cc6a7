/** What users read of requests. Names and addresses of strangers come cleaned, and are nothing to click on. */
import { whoIs } from './commands/requests.ts';
import type { Line } from './core/report.ts';
import { cleanName } from './core/person-name.ts';
import { isForIdentity, type MessageRequest, type RequestCrowd } from './core/request.ts';
import { render, text, type Language, type Rendered } from './texts/catalogue.ts';

/** The line that tells of one request, as it is now. */
export function requestLine(language: Language, request: MessageRequest): Line {
  const { state, number, network, verified, kind, held: count, dropped } = request;
  const about = { number: String(number), who: whoIs(language, request), network };
  if (isForIdentity(request)) return identityLine(language, request, about);
  if (state !== 'open') return render(language, `requests.${state}`, about);
  const trust = text(language, verified ? 'requests.trust.verified' : 'requests.trust.unverified');
  const said =
    kind === 'group'
      ? groupLine(language, request, { ...about, trust })
      : render(language, 'requests.open', { ...about, trust, count });
  return dropped === 0 ? said : joined(said, render(language, 'requests.dropped', { count: dropped }));
}

/** The line that tells of what waits until an identity is confirmed. */
function identityLine(
  language: Language,
  { state, held: count, dropped, network, remote }: MessageRequest,
  about: { readonly number: string; readonly who: string; readonly network: string },
): Line {
  if (state !== 'open') return render(language, `requests.identity-${state}`, about);
  const command = `confirm ${network} ${remote}`;
  const said = render(language, 'requests.identity-open', { ...about, count, command });
  return dropped === 0 ? said : joined(said, render(language, 'requests.dropped', { count: dropped }));
}

/** Where a group does not tell who invites, it is the group itself that does. */
function groupLine(
  language: Language,
  { chat, remote }: MessageRequest,
  about: Readonly<Record<'number' | 'who' | 'network' | 'trust', string>>,
): Rendered {
  const group = cleanName(chat);
  return String(remote) === String(chat)
    ? render(language, 'requests.open-group-unnamed', { ...about, group })
    : render(language, 'requests.open-group', { ...about, group });
}

/** What the room of a request is called. */
export function roomName(language: Language, request: MessageRequest): string {
  return whoIs(language, request);
}

/** The line that tells of many. */
export function crowdLine(language: Language, { count, servers }: RequestCrowd): Line {
  if (count === 0) return render(language, 'requests.crowd-over');
  const named = servers.map(({ server, count: many }) =>
    text(language, 'requests.server', { server: cleanName(server), count: String(many) }),
  );
  const from = new Intl.ListFormat(language, { type: 'conjunction' }).format(named);
  return render(language, 'requests.crowd', { count, from });
}

function joined(one: Rendered, other: Rendered): Rendered {
  return { plain: `${one.plain} ${other.plain}`, html: `${one.html} ${other.html}` };
}
