/** English: strict mode. */
export const strictEn = {
  'help.strict': 'Lets only people reach you whom you accepted, or shows whether that is so.',
  'usage.strict': 'strict [on|off|unencrypted]',
  'strict.off': 'Strict mode is off.',
  'strict.on':
    'Strict mode is on. Only people whom you accepted can write to you: whose request you accepted, to whom you wrote, or whose chat you joined. Nobody on other networks sees whether you are there, write, or have read. Only chats that are end-to-end encrypted on both sides go on.',
  'strict.unencrypted':
    'Strict mode is on. Only people whom you accepted can write to you: whose request you accepted, to whom you wrote, or whose chat you joined. Nobody on other networks sees whether you are there, write, or have read. Chats may be without end-to-end encryption.',
  'strict.groups':
    'In groups, what others say is shown, without media and links of people whom you did not accept. Where another user of the bridge is in the group who is not in strict mode, all of it is shown.',
  'strict.nothing-there':
    'Nothing passes on {networks} any more: there is no end-to-end encryption there. `strict unencrypted` allows it.',
  'failure.strict-encryption':
    'It was not passed on: you are in strict mode, and the chat is not end-to-end encrypted on both sides. `strict unencrypted` allows it.',
  'failure.strict-identity':
    'It was not passed on: you are in strict mode, and the security number of {name} has changed. `{command}` shows it; when you have confirmed it, send this again.',
  'requests.identity-open': {
    by: 'count',
    forms: {
      one: 'Request {number}: {count} message of {who} on {network} waits, since their security number has changed. `{command}` shows it; when you have confirmed it, the message goes on.',
      other:
        'Request {number}: {count} messages of {who} on {network} wait, since their security number has changed. `{command}` shows it; when you have confirmed it, the messages go on.',
    },
  },
  'requests.identity-accepted': 'Request {number}: what {who} on {network} wrote has gone on.',
  'requests.identity-declined':
    'Request {number}: what waited of {who} on {network} is erased. They are not told.',
  'requests.identity-blocked': 'Request {number}: you blocked {who} on {network}.',
  'requests.identity-expired':
    'Request {number}: the security number of {who} on {network} was not confirmed, and what waited is erased.',
  'requests.confirm-first':
    'Request {number} waits for a security number that you have not confirmed. Write `{command}`.',
} as const;
