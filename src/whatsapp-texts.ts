import type { EnlistmentTrouble, Line, WhatsappTexts } from './networks/whatsapp/index.ts';
import { render, type Rendered, type TextKey } from './texts/catalogue.ts';

/** What Matrix users are told of their account on WhatsApp, in their management rooms. */
export const whatsappTexts: WhatsappTexts = {
  enlisted:
    ({ address, custody }): Line =>
    (language) =>
      joined(
        render(language, 'whatsapp.enlisted', { address }),
        render(language, custody === 'self' ? 'whatsapp.custody-self' : 'whatsapp.custody-operator'),
      ),
  refused: (reason) => (language) => render(language, refusalKey(reason)),
  renewed: (values) => (language) => render(language, 'whatsapp.renewed', values),
  deleted: () => (language) => render(language, 'whatsapp.deleted'),
};

type RefusalKey = Extract<TextKey, `whatsapp.refused.${string}`>;

function refusalKey(reason: EnlistmentTrouble): RefusalKey {
  switch (reason) {
    case 'blocked':
      return 'whatsapp.refused.blocked';
    case 'no-identifier':
      return 'whatsapp.refused.no-identifier';
    case 'too_many':
    case 'too_recent':
    case 'temporarily_unavailable':
    case 'no-answer':
      return 'whatsapp.refused.later';
    case 'bad_integrator':
    case 'bad_param':
    case 'missing_param':
    case 'bad_token':
    case 'old_version':
    case 'unknown':
      return 'whatsapp.refused.not-yours';
  }
}

function joined(one: Rendered, other: Rendered): Rendered {
  return { plain: `${one.plain}\n\n${other.plain}`, html: `${one.html}<br><br>${other.html}` };
}
