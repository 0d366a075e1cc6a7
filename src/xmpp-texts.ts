import { pollText } from './core/fallback.ts';
import type { XmppTexts } from './networks/xmpp/index.ts';
import { text } from './texts/catalogue.ts';

/** What people on XMPP read. Their language is not known to the bridge, so it is English. */
export const xmppTexts: XmppTexts = {
  loginCode: (values) => text('en', 'login.code', values),
  noReplies: () => text('en', 'xmpp.no-replies'),
  noPrivate: () => text('en', 'xmpp.no-private'),
  retracted: () => text('en', 'xmpp.retracted'),
  poll: (poll) => `${pollText(poll)}\n\n${text('en', 'xmpp.poll')}`,
  reason: (code, feature) =>
    feature === undefined
      ? text('en', `reason.${code}`)
      : text('en', 'rules.refused-remote', { feature: text('en', `feature.${feature}`) }),
};
