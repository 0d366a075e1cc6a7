/** English: what users are told of their account on WhatsApp. */
export const whatsappEn = {
  'whatsapp.enlisted':
    'WhatsApp has taken you in: people there can reach you as {address}. `start whatsapp <number or username>` opens a chat.',
  'whatsapp.custody-self':
    'The keys of your chats are on this bridge, which is yours: keep it and its backups safe.',
  'whatsapp.custody-operator':
    'The keys of your chats are held by the operator of this bridge, who can read what passes. WhatsApp does not allow that without its consent, and may end it.',
  'whatsapp.renewed':
    'WhatsApp had taken you off, as it does after 30 days without a connection, and has taken you in again: people there can reach you as {address}.',
  'whatsapp.deleted':
    'WhatsApp has deleted your account there, and the keys of your chats are deleted here. `link whatsapp` begins anew.',
  'whatsapp.refused.not-yours':
    'WhatsApp does not take in users of this bridge at the moment. Your administrator can find the reason in the log. `link whatsapp` tries it again.',
  'whatsapp.refused.blocked': 'WhatsApp does not let you in: you, or this bridge, are shut out there.',
  'whatsapp.refused.no-identifier':
    'Your Matrix ID has signs in it that no address on WhatsApp can have, so you cannot be taken in there.',
  'whatsapp.refused.later':
    'WhatsApp does not answer, or asks us to wait. It is tried again by itself; you are told when it has worked.',
  'unlink.failed': 'The account could not be unlinked. {reason}',
} as const;
