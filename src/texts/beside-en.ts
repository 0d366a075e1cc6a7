/** English: calls, messages that disappear, and the encryption identities of people. */
export const besideEn = {
  'reason.no-calls':
    'Calls do not go over the bridge. Please write, or call in another way; the other side may have been told that you tried.',
  'rules.instead.sign': 'The other side was told by a message that you called.',
  'rules.instead.told': 'The time was left out: on the other side it stays.',

  'call.tried': '{name} tried to call you on {platform}. Calls do not go over the bridge.',
  'call.tried-video': '{name} tried to call you with video on {platform}. Calls do not go over the bridge.',
  'call.tried-group':
    '{name} tried to call the group {group} on {platform}. Calls do not go over the bridge.',

  'timer.set':
    '{name} has set that messages in your chat on {platform} disappear after {time}. That goes for yours, and for what you see here.',
  'timer.set-read':
    '{name} has set that messages in your chat on {platform} disappear {time} after they were read. That goes for yours, and for what you see here.',
  'timer.off': '{name} has set that messages in your chat on {platform} stay.',
  'timer.told':
    '{name} has set that messages in your chat on {platform} disappear there after {time}. Here they stay.',

  'identity.changed':
    'The security number of {name} on {network} is another now: {number}. They may have a new device, or somebody else may write in their name. Compare the number with them in another way, and then write `confirm {network} {remote} {number}`.',

  'person.gone':
    '{name} is not on {platform} any more: the account was deleted, or nobody has used it for long. What you write in your chat with them goes nowhere.',

  'help.confirm': 'Shows whose security number changed, or says that it is theirs.',
  'usage.confirm': 'confirm [network] [address] [number]',
  'confirm.none': 'No security number has changed that you have not confirmed.',
  'confirm.list': 'These security numbers have changed, and you have not confirmed them:',
  'confirm.whose': 'Whose',
  'confirm.network': 'Network',
  'confirm.number': 'Number',
  'confirm.unknown': 'No security number is known of {remote} on {network}.',
  'confirm.is-unchanged': 'The security number of {remote} on {network} is {number}, as ever.',
  'confirm.is-verified': 'The security number of {remote} on {network} is {number}. You have confirmed it.',
  'confirm.is-changed':
    'The security number of {remote} on {network} is {number}; it was {previous} before. Compare it with them in another way, and then write `confirm {network} {remote} {number}`.',
  'confirm.done': 'The security number of {remote} on {network} is confirmed.',
  'confirm.other':
    'That is not the security number of {remote} on {network}: it is {number}. Nothing was confirmed.',
} as const;
