/** What is said of encrypted messages that could not be opened, or not in time. */
export const openingEn = {
  'reason.no-key':
    'The key to this encrypted message never reached the bridge, so it could not be opened. Please send it again.',
  'reason.not-genuine':
    'What arrived is not what was encrypted: it was changed on the way. Please send it again, and tell your administrator if it happens again.',
  'reason.other-sender':
    'The encrypted content belongs to a message of somebody else, so it was not passed on. Please tell your administrator.',
  'reason.replayed':
    'The encrypted content of an earlier message came a second time, so it was not passed on. Please send it again if you mean it.',
  'reason.untrusted-device':
    'It was sent by a device that you have not verified. Please verify that device and send it again.',
  'reason.verification': 'People on the other network cannot take part in a verification.',

  'waiting.key':
    'A message of yours to {name} cannot be opened yet: its key has not arrived. Please send it again. If the key still comes, the message is delivered late, so it may arrive twice.',
  'waiting.key-here':
    'A message of yours cannot be opened yet: its key has not arrived. Please send it again.',
  'verification.cancelled': 'This account belongs to a bridge and cannot be verified by hand.',

  'doctor.check.waiting': 'Messages without a key',
  'doctor.waiting.none': 'no encrypted message waits for its key',
  'doctor.waiting.some': {
    by: 'count',
    forms: {
      one: '{count} encrypted message waits for its key. Its sender was asked to send it again; where this goes on, look at `encryption` in the log and whether clients leave out unverified devices.',
      other:
        '{count} encrypted messages wait for their keys. Their senders were asked to send them again; where this goes on, look at `encryption` in the log and whether clients leave out unverified devices.',
    },
  },

  'status.waiting-for-key': {
    by: 'count',
    forms: {
      one: '{count} encrypted message waits for its key.',
      other: '{count} encrypted messages wait for their keys.',
    },
  },
} as const;
