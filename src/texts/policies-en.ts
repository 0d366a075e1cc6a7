/** Policy lists of Matrix, and who set what shuts people out. */
export const policiesEn = {
  'help.policies': 'Shows, follows and leaves policy lists of Matrix, and exempts from what they shut out.',
  'usage.policies':
    'policies | policies follow <room id or alias> [network …] | policies unfollow <number or room> | policies refused [page] | policies allowed [page] | policies allow <user|server|room> <name> [reason] | policies disallow <user|server|room> <name>',

  'policies.none': 'No policy lists are followed. Write `policies follow <room id or alias>` to follow one.',
  'policies.head': {
    by: 'count',
    forms: { one: '{count} policy list is followed:', other: '{count} policy lists are followed:' },
  },
  'policies.column.list': 'List',
  'policies.column.rules': 'Rules',
  'policies.column.refused': 'Not taken',
  'policies.column.networks': 'Networks',
  'policies.column.by': 'Followed by',
  'policies.column.key': 'State key',
  'policies.column.why': 'Why',
  'policies.column.about': 'About',
  'policies.all-networks': 'all',
  'policies.config': 'the configuration',
  'policies.state.read': 'read {when}',
  'policies.state.never': 'not read yet',
  'policies.state.shut-out': 'the bot may not read it; what was last known holds',
  'policies.state.away': 'cannot be reached now; what was last known holds',
  'policies.state.too-large': 'too large to be read; what was last known holds',

  'policies.followed': 'The policy list {list} is followed: {count} of its rules are in force.',
  'policies.known': 'The policy list {list} is followed already.',
  'policies.waiting':
    'The policy list {list} is followed as soon as the bot may read it. Please invite {bot} to the room.',
  'policies.own-room': '{list} is a room of the bridge itself. Please use a room that is a policy list.',
  'policies.no-room': '{list} is not a room’s id or alias. Write one such as `#bans:example.org`.',
  'policies.not-found': '{list} could not be entered: {reason}',
  'policies.unfollowed': 'The policy list {list} is not followed any more: nothing that it says holds.',
  'policies.configured': 'The policy list {list} stands in the configuration. Please change it there.',
  'policies.not-followed': 'No policy list {list} is followed. Write `policies` to see all.',
  'policies.refused.none': 'All rules of the policy lists are in force.',
  'policies.refused.head': {
    by: 'count',
    forms: {
      one: '{count} rule of the policy lists is not taken:',
      other: '{count} rules of the policy lists are not taken:',
    },
  },
  'policies.why.everybody': 'It would mean everybody.',
  'policies.why.own': 'It would mean this homeserver, users of it, or the bot.',
  'policies.why.too-many-patterns': 'There are too many patterns.',
  'policies.allowed': '{what} is exempted: no policy list shuts it out.',
  'policies.allowed-known': '{what} is exempted already.',
  'policies.disallowed': '{what} is not exempted any more.',
  'policies.not-allowed': '{what} is not exempted. Write `policies allowed` to see all that is.',
  'policies.allowed.none': 'Nothing is exempted from the policy lists.',
  'policies.allowed.head': {
    by: 'count',
    forms: {
      one: '{count} name is exempted from the policy lists:',
      other: '{count} names are exempted from the policy lists:',
    },
  },
  'policies.name-bad': '{name} cannot be the name of a {kind}.',

  'bans.lists-head': {
    by: 'count',
    forms: {
      one: '{count} more is shut out by policy lists (`policies` shows them):',
      other: '{count} more are shut out by policy lists (`policies` shows them):',
    },
  },
  'unban.exempted':
    '{what} is exempted from the policy list {list}, which shuts it out (rule {key}, set by {sender}). `{command}` ends that.',

  'policies.news.shut-out':
    'The policy list {list} cannot be read any more: the bot was put out of its room, or may not enter it. What was last known of it holds. Invite the bot again, or write `policies unfollow {room}`.',
  'policies.news.too-large':
    'The policy list {list} is too large to be read. What was last known of it holds.',
  'policies.news.refused':
    'Rules of the policy list {list} were not taken: {everybody} would mean everybody, {own} would mean this homeserver, its users or the bot, {broken} cannot be understood, {many} are more than are taken. `policies refused` shows them.',
} as const;
