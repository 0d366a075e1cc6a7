/** Tells Matrix users of what a network tells beside messages: calls, timers, and other identities. */
import type { CallEvent, Expiry, IdentityChangeEvent, TimerEvent } from './core/event.ts';
import type { Delivered, Homeserver, MatrixHandled, MatrixHandlers, RoomActs } from './core/homeserver.ts';
import type { Identities } from './core/identities.ts';
import type { MatrixUserId, NetworkId, RemoteUserId, RoomId } from './core/ids.ts';
import { cleanName } from './core/person-name.ts';
import type { Failed, Ignored } from './core/outcome.ts';
import type { Portal } from './core/portal.ts';
import type { GhostStore, UserStore } from './core/stores.ts';
import { displayNameOf } from './matrix/bridge-info.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

export interface TellingDeps {
  readonly reporter: Pick<Homeserver['reporter'], 'notice'>;
  readonly acts: Pick<RoomActs, 'showTimer'>;
  readonly identities: Pick<Identities, 'find'>;
  readonly users: Pick<UserStore, 'get'>;
  readonly ghosts: Pick<GhostStore, 'get'>;
  readonly ghostId: (network: NetworkId, remote: RemoteUserId) => MatrixUserId | undefined;
  /** The bot says something in the room of a group. */
  readonly say: (room: RoomId, id: string, line: Rendered) => Promise<undefined | Failed>;
}

const done: Delivered = { kind: 'sent', eventIds: [], reactionEvents: new Map() };
const nothing: Ignored = { kind: 'ignored', reason: 'nothing-to-do' };

/**
 * The handlers of the kinds that are told and not shown as anybody's message. In a direct chat the line is in the user's
 * management room, since nobody but the two is in theirs; in a group the bot says it.
 */
export function tellings(deps: TellingDeps): Pick<MatrixHandlers, 'call' | 'timer' | 'identity-change'> {
  return {
    call: (event, portal) => call(deps, event, portal),
    timer: (event, portal) => timer(deps, event, portal),
    'identity-change': (event, portal) => identityChange(deps, event, portal),
  };
}

/** The call itself goes nowhere, which its caller is told by their network once this is answered. */
async function call(deps: TellingDeps, event: CallEvent, portal: Portal): Promise<MatrixHandled> {
  if (event.change === 'end' || isOwn(event, portal)) return nothing;
  const name = await nameOf(deps, event, portal);
  const platform = displayNameOf(portal.key.network);
  const failed = await tell(deps, portal, `call/${event.cause}`, (language) => {
    if (portal.kind === 'group')
      return render(language, 'call.tried-group', { name, platform, group: portal.key.chat });
    return render(language, event.media === 'video' ? 'call.tried-video' : 'call.tried', { name, platform });
  });
  return failed ?? { kind: 'unsupported', reason: 'no-calls' };
}

async function timer(deps: TellingDeps, event: TimerEvent, portal: Portal): Promise<MatrixHandled> {
  const { expires, onlyTold } = event;
  const failed = onlyTold === true ? undefined : await deps.acts.showTimer(portal, expires);
  if (failed !== undefined) return failed;
  if (isOwn(event, portal)) return done;
  const name = await nameOf(deps, event, portal);
  const platform = displayNameOf(portal.key.network);
  const untold = await tell(deps, portal, `timer/${event.cause}`, (language) => {
    if (expires === undefined) return render(language, 'timer.off', { name, platform });
    const time = duration(language, expires);
    if (onlyTold === true) return render(language, 'timer.told', { name, platform, time });
    const key = expires.from === 'reading' ? 'timer.set-read' : 'timer.set';
    return render(language, key, { name, platform, time });
  });
  return untold ?? done;
}

/** Only a change is told, once for each identity; the first one is nothing new. */
async function identityChange(
  deps: TellingDeps,
  event: IdentityChangeEvent,
  portal: Portal,
): Promise<MatrixHandled> {
  if (portal.kind === 'group') return nothing;
  const { network, receiver: user } = portal.key;
  const { person: remote, identity } = event;
  const known = await deps.identities.find({ user, network, remote });
  if (known?.identity !== identity || known.state !== 'changed') return nothing;
  const name = await nameOf(deps, event, portal);
  const id = `identity/${network}/${remote}/${identity}/${known.since}`;
  const failed = await tell(deps, portal, id, (language) =>
    render(language, 'identity.changed', { name, network, remote, number: identity }),
  );
  return failed ?? done;
}

/** What a user did at another client of theirs, they know. */
function isOwn({ sender }: CallEvent | TimerEvent, portal: Portal): boolean {
  return sender.in === 'matrix' || (portal.kind === 'direct' && sender.userId !== portal.remote);
}

async function tell(
  { users, reporter, say }: TellingDeps,
  portal: Portal,
  id: string,
  line: (language: Language) => Rendered,
): Promise<undefined | Failed> {
  if (portal.kind === 'group') return say(portal.room, id, line('en'));
  const user = portal.key.receiver;
  const language = (await users.get(user))?.language ?? 'en';
  return reporter.notice(user, id, withLink(line(language), portal.room));
}

async function nameOf(
  { ghosts, ghostId }: TellingDeps,
  { sender }: CallEvent | TimerEvent | IdentityChangeEvent,
  { key }: Portal,
): Promise<string> {
  const ghost = sender.in === 'remote' ? ghostId(key.network, sender.userId) : undefined;
  const record = ghost && (await ghosts.get(ghost));
  const name = cleanName(record?.name ?? '');
  return name === '' ? sender.userId : name;
}

/** In the largest unit that has it whole. */
function duration(language: Language, { afterMs }: Expiry): string {
  const units = [
    ['week', 7 * 86_400],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  const seconds = Math.max(1, Math.round(afterMs / 1_000));
  const [unit, size] = units.find(([, whole]) => seconds % whole === 0) ?? (['second', 1] as const);
  const format = { style: 'unit', unit, unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(`${language}-u-nu-latn`, format).format(seconds / size);
}

function withLink(said: Rendered, room: RoomId): Rendered {
  const url = `https://matrix.to/#/${encodeURIComponent(room)}`;
  return { plain: `${said.plain} ${url}`, html: `${said.html} <a href="${url}">${url}</a>` };
}
