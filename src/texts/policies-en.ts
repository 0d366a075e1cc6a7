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

  'explain.door.not-enabled': 'The user has not enabled {network}, or may not: nobody reaches anybody there.',
  'explain.door.blocked-by-user': 'The user has blocked this person.',
  'explain.door.ignored-by-user': 'The user ignores this person on Matrix (list of ignored people).',
  'explain.door.banned-person': 'The person, or the user, is shut out for everybody.',
  'explain.door.banned-server': 'The server is shut out for everybody.',
  'explain.door.banned-network': 'The network is shut out for everybody.',
  'explain.door.banned': 'The administrators of this homeserver have shut this out for everybody.',
  'explain.door.policy-list':
    'A policy list that the administrators follow shuts this out ({list}, rule {key}).',
  'explain.door.strict-stranger': 'The user is in strict mode and has not accepted this person.',
  'explain.door.strict-signals':
    'The user is in strict mode, which does not tell whether they are there, write or have read.',
  'explain.door.strict-encryption':
    'The user is in strict mode, and the chat is not end-to-end encrypted on both sides.',
  'explain.door.strict-content':
    'The user is in strict mode, which takes media and links only of people in their list.',
  'explain.door.unvouched-inviter':
    'Nobody vouches for who invites, and it may be somebody who is blocked (`blocks.unnamed_invitations`).',
  'explain.door.strict-identity':
    'The user is in strict mode, and the identity of this person has changed and was not confirmed.',
  'explain.door.strict-call': 'The user is in strict mode, in which nobody can call them.',
  'explain.door.request': 'This person is a stranger to the user: it waits until the user accepts them.',
  'explain.door.declined': 'The user has declined this person’s request.',
  'explain.door.blocked': 'The user has blocked this person when they were asked.',
  'explain.door.request-expired': 'The user did not answer this person’s request in time.',
  'explain.door.request-limit': 'More waited than the configuration allows (`requests`).',
  'explain.door.unanswered':
    'The person has never answered, and the network allows no more messages until they do.',
  'explain.set.user': 'It was set by {who}.',
  'explain.set.user-at': 'It was set by {who} {when}.',
  'explain.set.administrators': 'It was set by the administrators.',
  'explain.set.config': 'It was set by the configuration.',
  'explain.set.list': '{sender} set the rule {when}; it bans {entity}.',
  'explain.set.default': 'Nobody has chosen it: it is so from the beginning.',
  'explain.set.default-at': 'Nobody has chosen it. It is so since {when}.',
  'explain.set.network': 'The network {network} says so.',
  'explain.reason': 'The reason that was given: {reason}',
  'explain.holds-no-more': 'It is not so any more.',
  'explain.change.user': 'The user can change it: `{command}`',
  'explain.change.user-client': 'The user can change it in their client.',
  'explain.change.administrators': 'An administrator can change it: `{command}`',
  'explain.change.ask': 'Please ask the administrators if that is to change.',
  'explain.change.configuration': 'It is changed in the configuration.',
  'explain.would-stop': 'A message would be stopped now, or have to wait:',
} as const;
