/** English: what groups and rooms have beside what is said in them. */
export const placesEn = {
  'reason.no-archive': 'The network keeps no archive that I could read.',
  'help.history': 'Brings in the last messages of a group from before you came.',
  'usage.history': 'history <how many> [number or address of the group]',
  'history.off': 'Nothing is brought in from archives here.',
  'history.most': 'I bring in {most} messages at most.',
  'history.which': 'Please say which group you mean. `leave` shows your groups.',
  'history.unknown': 'You are in no such group. `leave` shows your groups.',
  'history.failed': 'The messages of {address} could not be brought in. {reason}',
  'history.nothing-new': 'There is nothing in the archive of {address} that is not here already.',
  'history.coming': {
    by: 'count',
    forms: {
      one: 'The last message of {address} is on its way into the room.',
      other:
        'The last {count} messages of {address} are on their way into the room, where they are not there already.',
    },
  },
  'history.in': 'All messages of {address} that you asked for are in the room.',

  'help.space': 'Gathers your chats of each network in a space, or does not.',
  'usage.space': 'space [network] [on|off]',
  'space.on': 'Your chats are in a space for each network. `space off` ends that.',
  'space.off': 'You have no spaces of mine. `space on` makes them.',
  'space.on-for':
    'Your chats on {network} are in a space of their own. `space {network} off` puts them among the others.',
  'space.off-for':
    'Your chats on {network} are among the others. `space {network} on` gives them a space of their own.',
  'space.not-offered': 'I make no spaces here.',
  'space.failed': 'Your choice is kept, but your spaces could not be closed. {reason}',
} as const;
