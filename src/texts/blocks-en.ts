/** Blocking people, and shutting them out for everybody. */
export const blocksEn = {
  'reason.you-blocked': 'You have blocked this person. Write `blocks` to see whom you have blocked.',
  'reason.shut-out': 'The administrators of this homeserver have shut this out. Please ask them.',

  'failure.blocked-by-user':
    'Your message to {name} was not sent, since you have blocked them. Write `{command}` to end that.',
  'failure.banned':
    'Your message to {name} was not sent: the administrators of this homeserver have shut this out. Please ask them.',

  'help.block': 'Blocks somebody: nothing of theirs reaches you any more.',
  'help.unblock': 'Ends a block.',
  'help.blocks': 'Shows whom you have blocked.',
  'help.ban': 'Shuts a person, a server or a network out for everybody.',
  'help.unban': 'Ends what `ban` has shut out.',
  'help.bans': 'Shows who and what is shut out for everybody.',
  'usage.block': 'block <network> <address> [reason]',
  'usage.unblock': 'unblock <network> <address>',
  'usage.blocks': 'blocks [page]',
  'usage.ban': 'ban <person|server|network> <network> [address or domain] [reason]',
  'usage.unban': 'unban <person|server|network> <network> [address or domain]',
  'usage.bans': 'bans [page]',
  'column.what-banned': 'Who or what',

  'block.done':
    '{address} on {network} is blocked: nothing of theirs reaches you any more in direct chats, under any name that is known to be theirs. They are not told. `{command}` ends it.',
  'block.known': '{address} on {network} is blocked already. `{command}` ends it.',
  'block.ignored': 'They are on your list of ignored people too, so that you do not see them in groups.',
  'block.ignored-later':
    'Your list of ignored people could not be reached now; it follows when something comes for you.',
  'block.by-hand':
    'In groups that you share with others they can still be seen. To hide them there, ignore these users in your client: {ghosts}',
  'block.nobody': '{address} is nobody’s address. Please check how it is written.',
  'block.no-ghost': '{user} is not on another network. Please use the list of ignored people of your client.',
  'block.own': 'This is you. Nothing was blocked.',
  'block.too-many': 'You have blocked too many people already. Write `blocks`, and end some with `unblock`.',
  'unblock.done': '{address} is not blocked any more. What came meanwhile does not come again.',
  'unblock.none': 'You have not blocked {address}. Write `blocks` to see whom you have blocked.',
  'unblock.by-hand': 'If you have ignored them in your client, please end that there too.',
  'blocks.everybody': 'everybody at {domain}',
  'blocks.here': 'here',
  'blocks.there': 'on {where}',
  'blocks.waiting': 'on {where} soon',
  'blocks.unfollowed': 'not on {where}',
  'column.in-force': 'In force',

  'account-list.not-granted':
    'The list of blocked people of your account {address} on {network} is not followed: its server does not let the bridge. Whom you block here is blocked here alone, and whom you block in another app for {network} is blocked there alone. Your administrator can change that.',
  'account-list.not-offered':
    'The list of blocked people of your account {address} on {network} cannot be followed: its server does not offer that to this bridge, or you have blocked the bridge there. Whom you block here is blocked here alone, and whom you block in another app for {network} is blocked there alone.',
  'account-list.restored':
    'The list of blocked people of your account {address} on {network} was suddenly empty, so it was written again from your blocks here. If you emptied it yourself, please end the blocks here: `blocks` shows them.',

  'doctor.check.account-lists': 'Lists of blocked people',
  'doctor.account-lists.followed': 'The lists that linked accounts have of their own are followed.',
  'doctor.account-lists.unfollowed': {
    by: 'count',
    forms: {
      one: 'The list of blocked people of {count} linked account is not followed ({networks}). On XMPP, let the server grant the bridge’s component `urn:xmpp:blocking` (XEP-0356, for Prosody mod_privilege): “Lists of blocked people” in docs/operations.md says how.',
      other:
        'The lists of blocked people of {count} linked accounts are not followed ({networks}). On XMPP, let the server grant the bridge’s component `urn:xmpp:blocking` (XEP-0356, for Prosody mod_privilege): “Lists of blocked people” in docs/operations.md says how.',
    },
  },

  'blocks.none': 'You have blocked nobody.',
  'blocks.head': {
    by: 'count',
    forms: { one: 'You have blocked {count} person:', other: 'You have blocked {count} people:' },
  },

  'ban.done': '{what} is shut out for everybody on this homeserver. `bans` shows all that is.',
  'ban.known': '{what} is shut out already.',
  'ban.ask-server':
    'This shuts out everybody and every group on {what}, for everybody here. If that is what you want, write `{command}`',
  'ban.ask-network':
    'This shuts out the whole network {what}, for everybody here. If that is what you want, write `{command}`',
  'ban.no-server':
    '{domain} is not a server of this network. Write a domain such as `example.org`, or `*.example.org` for all below it too.',
  'ban.chat-ended':
    'The administrators of this homeserver have shut out {name} ({address}). Your chat with them has ended: nothing of it goes over any more. Please ask them if that is a mistake.',
  'unban.done': '{what} is not shut out any more.',
  'unban.none': '{what} is not shut out. Write `bans` to see all that is.',
  'bans.none': 'Nobody is shut out.',
  'bans.head': {
    by: 'count',
    forms: {
      one: '{count} is shut out for everybody:',
      other: '{count} are shut out for everybody:',
    },
  },
} as const;
