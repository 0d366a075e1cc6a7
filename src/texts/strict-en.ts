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
  'explain.strict-stranger':
    'The user is in strict mode and has not accepted this person ({name}). Nobody was told.',
  'explain.strict-signals':
    'The user is in strict mode and shows nobody that they are there, write, or have read ({name}).',
  'explain.strict-encryption':
    'The user is in strict mode, and the chat is not end-to-end encrypted on both sides ({name}). With strict unencrypted it would pass.',
  'explain.strict-content':
    'All Matrix users in the group are in strict mode, and none has accepted the person whose media or links these are ({name}). Nobody was told.',
} as const;
