/** English: on which networks a user can be reached, and how strictly. */
export const reachEn = {
  'reason.not-enabled':
    'You have not enabled this network. `enable` shows the networks that there are and what you chose for each.',
  'failure.not-enabled':
    'You have not enabled {network}, so nothing of yours goes there and nobody there can reach you. Write `enable {network}` here first, and then try again.',

  'help.enable': 'Makes you reachable on another network, or shows where you are.',
  'usage.enable': 'enable [network]',
  'enable.done': 'You can be reached on {network} now.',
  'enable.already': 'You can be reached on {network} already.',
  'enable.who': 'Everybody on {network} who knows your address can write to you and invite you into groups.',
  'enable.address': 'Your address there is {address}.',
  'enable.reads':
    'The bridge reads all that passes: it is one end of the chat on both sides, and passes on what it has read.',
  'enable.encrypted': 'On the side of {network}, messages are end-to-end encrypted as far as the bridge.',
  'enable.plain':
    'On the side of {network}, messages are not end-to-end encrypted: the servers there can read them too.',
  'enable.missing': 'Not possible on {network}: {features}.',
  'enable.lesser': 'On {network} in a simpler form only: {features}.',
  'enable.ruled': 'Left out by rules on {network}, in one direction or both: {features}.',
  'enable.in-space':
    'Your chats there stand in a space of their own. `space {network} off` puts them among the others.',
  'enable.no-space': 'Your chats there stand among the others. `space {network} on` gathers them in a space.',
  'enable.end':
    '`disable {network}` ends it at any time. `strict on` lets only people write whom you accepted.',
  'enable.disabling': '{network} is still being disabled for you. Please try again in a minute.',
  'enable.first':
    'You have not enabled {network}. Write `enable {network}` first: the answer says what that means.',
  'enable.none': 'There is no network that you could enable.',
  'enable.state': 'State',
  'enable.network': 'Network',
  'enable.is-on': 'enabled',
  'enable.is-automatic': 'enabled for everybody',
  'enable.is-off': 'not enabled',
  'enable.is-disabling': 'being disabled',
  'enable.is-ineligible': 'not for you',

  'ineligible.excepted': 'You cannot use {network}: your administrator has excepted you from it.',
  'ineligible.user':
    'You cannot use {network}: you are not among the users whom your administrator lets use it.',
  'ineligible.group': 'You cannot use {network}: you are in none of the user groups that may use it.',
  'ineligible.homeserver': 'You cannot use {network}: it is not for users of your homeserver.',
  'ineligible.region': 'You cannot use {network}: it is not for your region.',
  'ineligible.no-region': 'You cannot use {network}: it is for some regions only, and none is known of you.',
  'ineligible.no-number':
    'You cannot use {network} yet: it is for some countries only, which the phone number of a linked account shows, and you have linked none that has one.',
  'ineligible.link-first': 'Link your account there first: `link {network} <address>`.',
  'barred.now': 'Nobody on {network} can reach you any more. {why} Your chats there stay as they are.',
  'barred.again': 'You can be reached on {network} again.',
  'ineligible.ask': 'If that is wrong, please ask {admins}.',
  'ineligible.ask-somebody': 'If that is wrong, please ask your administrator.',

  'help.disable': 'Makes you unreachable on a network and ends all that you have there.',
  'usage.disable': 'disable <network> [yes]',
  'disable.warn':
    'You have linked {addresses} on {network}. Those links are removed, your chats with people there are closed and you leave the groups there. Write `disable {network} yes` if you want that.',
  'disable.done':
    'Nobody on {network} can reach you any more. Your chats there are being closed, you leave the groups there, and {network} is told to forget you. What was said stays in your rooms.',
  'disable.was-off': 'You cannot be reached on {network}, as before.',

  'help.region': 'Shows or declares the region of a user, where networks are for some regions only.',
  'usage.region': 'region <user> [region|none]',
  'region.is': 'The region of {user} is {region}.',
  'region.none': 'No region is declared for {user}.',
  'region.bad': '{region} is no region. A region is a word, such as DE.',
  'region.no-user': '{user} is no user ID. It looks like @user:example.org.',
} as const;
