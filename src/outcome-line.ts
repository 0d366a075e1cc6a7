import type { Outcome } from './core/outcome.ts';
import type { ReportsDeps, Told } from './core/report.ts';
import type { GhostStore, UserStore } from './core/stores.ts';
import type { DirectPortal, Portal } from './core/portal.ts';
import { displayNameOf } from './matrix/bridge-info.ts';
import { ruleLine } from './rule-lines.ts';
import { conversions, isConvertible } from './rules/convert.ts';
import { render, text, type Language, type Rendered } from './texts/catalogue.ts';

/** What the lines need to know: which language a user reads, and what a person is called. */
export interface LineSources {
  readonly users: Pick<UserStore, 'get'>;
  readonly ghosts: Pick<GhostStore, 'get'>;
  readonly ghostOf: (portal: DirectPortal) => Parameters<GhostStore['get']>[0] | undefined;
}

/** The line in the management room that tells a user how an event ended, with a link to the chat. */
export function outcomeLine(sources: LineSources): ReportsDeps['line'] {
  return async (user, outcome, portal) => {
    const language = (await sources.users.get(user))?.language ?? 'en';
    const said = ruled(language, outcome, portal, portal && (await nameOf(sources, portal)));
    return portal === undefined ? said : withLink(said, portal);
  };
}

async function nameOf(sources: LineSources, portal: Portal): Promise<string> {
  if (portal.kind === 'group') return portal.key.chat;
  const ghost = sources.ghostOf(portal);
  const record = ghost && (await sources.ghosts.get(ghost));
  return record?.name ?? portal.remote;
}

/** What rules did to it, where they did. */
function ruled(
  language: Language,
  outcome: Told,
  portal: Portal | undefined,
  name: string | undefined,
): Rendered {
  const platform = portal && displayNameOf(portal.key.network);
  if (outcome.kind === 'blocked' && outcome.feature !== undefined) {
    const what = { rule: outcome.rule, feature: text(language, `feature.${outcome.feature}`) };
    if (name === undefined || platform === undefined) return render(language, 'rules.refused-here', what);
    return render(language, 'rules.refused', { ...what, name, platform });
  }
  if (outcome.kind !== 'sent' || outcome.converted === undefined)
    return sentence(language, outcome, name, portal);
  const lines = outcome.converted.map(({ rule, feature }) =>
    render(language, 'rules.converted', {
      ...{ rule, name: name ?? '', platform: platform ?? '' },
      feature: text(language, `feature.${feature}`),
      instead: isConvertible(feature) ? text(language, `rules.instead.${conversions[feature]}`) : '',
    }),
  );
  return {
    plain: lines.map(({ plain }) => plain).join('\n'),
    html: lines.map(({ html }) => html).join('<br>'),
  };
}

function sentence(
  language: Language,
  outcome: Told,
  name: string | undefined,
  portal: Portal | undefined,
): Rendered {
  if (outcome.kind === 'waiting-for-key') {
    return name === undefined
      ? render(language, 'waiting.key-here')
      : render(language, 'waiting.key', { name });
  }
  const stopped = outcome.kind === 'blocked' ? ruleLine(language, outcome.rule, name, portal) : undefined;
  if (stopped !== undefined) return stopped;
  const reason = 'reason' in outcome ? render(language, `reason.${outcome.reason}`).plain : '';
  if (name === undefined || ('reason' in outcome && outcome.reason === 'duplicate-chat')) {
    return render(language, outcome.kind === 'blocked' ? 'reason.rule' : reasonKey(outcome));
  }
  switch (outcome.kind) {
    case 'blocked':
      return render(language, 'failure.blocked', { name, rule: outcome.rule });
    case 'unsupported':
      return render(language, 'failure.unsupported', { name, reason });
    case 'failed':
    case 'ignored':
    case 'sent':
      return render(language, 'failure.not-sent', { name, reason });
  }
}

function reasonKey(outcome: Outcome): `reason.${Extract<Outcome, { readonly reason: unknown }>['reason']}` {
  return 'reason' in outcome ? `reason.${outcome.reason}` : 'reason.internal';
}

function withLink(said: Rendered, portal: Portal): Rendered {
  const url = `https://matrix.to/#/${encodeURIComponent(portal.room)}`;
  return { plain: `${said.plain} ${url}`, html: `${said.html} <a href="${url}">${url}</a>` };
}
