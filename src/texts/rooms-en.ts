/** English: rooms of groups that somebody was put out of. */
export const roomsEn = {
  'reason.banned':
    'You are banned from the room of this group. Please ask a moderator of the room to lift the ban, and join again.',
  'reason.bot-removed':
    'The bot of the bridge was put out of the room. Please invite it again, and then send your message again.',
  'bot-out.removed': {
    by: 'hours',
    forms: {
      one: '{by} has put {bot} out of the room of {address}. What is said there does not cross any more. Invite {bot} to the room again within an hour, and the chat goes on there; or leave the group with `leave {address}`. After that I close the chat.',
      other:
        '{by} has put {bot} out of the room of {address}. What is said there does not cross any more. Invite {bot} to the room again within {hours} hours, and the chat goes on there; or leave the group with `leave {address}`. After that I close the chat.',
    },
  },
  'bot-out.somebody': 'Somebody',
  'bot-out.back':
    'The bot is in the room of {address} again, and the chat goes on there. What people on the other network said meanwhile follows.',
  'bot-out.closed':
    'Nobody has invited the bot to the room of {address} again, so I have closed the chat and left the group for you. `join` brings you in again.',
  'erase.group-remains':
    'The network {network} is not connected to this bridge any more, so I cannot tell the group {address} there that you have left it. It may still show you as a member.',
} as const;
