import { besideEn } from './beside-en.ts';
import { blocksEn } from './blocks-en.ts';
import { doctorEn } from './doctor-en.ts';
import { keysEn } from './keys-en.ts';
import { operationEn } from './operation-en.ts';
import { openingEn } from './opening-en.ts';
import { placesEn } from './places-en.ts';
import { policiesEn } from './policies-en.ts';
import { puppetEn } from './puppet-en.ts';
import { reachEn } from './reach-en.ts';
import { strictEn } from './strict-en.ts';
import { requestsEn } from './requests-en.ts';
import { roomsEn } from './rooms-en.ts';
import { rulebookEn } from './rulebook-en.ts';
import { rulesEn } from './rules-en.ts';
import { tiesEn } from './ties-en.ts';
import { webDoctorEn } from './web-doctor-en.ts';
import { whatsappEn } from './whatsapp-en.ts';

/** English. The keys and parameters of this catalogue are those of every other. */
export const en = {
  ...doctorEn,
  ...operationEn,
  ...openingEn,
  ...keysEn,
  ...webDoctorEn,
  ...puppetEn,
  ...placesEn,
  ...roomsEn,
  ...reachEn,
  ...strictEn,
  ...requestsEn,
  ...tiesEn,
  ...rulesEn,
  ...rulebookEn,
  ...besideEn,
  ...blocksEn,
  ...policiesEn,
  ...whatsappEn,
  'language.name': 'English',

  'reason.broken-event': 'The message is damaged and cannot be read. Please send it again.',
  'reason.duplicate-chat': 'You already have a chat with this person. Please go on in that room.',
  'reason.expired': 'It could not be delivered in time and was given up. Please send it again.',
  'reason.forbidden': 'The server does not allow it. Please ask your administrator.',
  'reason.internal': 'The bridge made a mistake. Your administrator can find it in the log.',
  'reason.link-down':
    'The connection to the other network is down at the moment. If nothing changes, please try again later.',
  'reason.media-gone': 'The file is no longer where it was. Please send it again.',
  'reason.media-type-mismatch':
    'The file is not what it says it is, so it was not passed on. Please send it in its true format.',
  'reason.media-unavailable':
    'The file cannot be fetched at the moment. If nothing changes, please try again later.',
  'reason.network-refused': 'The other network refused it. Please check the address and try again.',
  'reason.no-encryption':
    'The room is encrypted and the bridge cannot read it. Please use a room without encryption.',
  'reason.no-handler': 'The other network has no way to show this.',
  'reason.wrong-password':
    'The group has a password, and none or a wrong one was given. Send `join <network> <address> <password>`.',
  'reason.no-moderation':
    'This group has no way to take back what others wrote. It is gone on Matrix; on the other side it stays.',
  'reason.no-portal':
    'This room is not connected to a chat on another network. You can open one with `start`.',
  'reason.no-replacement':
    'The bridge cannot enter the new room. Please invite the bot to it, and the chat goes on there.',
  'reason.no-such-group': 'There is no group with this address. Please check how it is written.',
  'reason.no-such-user': 'There is nobody with this address. Please check how it is written.',
  'reason.not-carried': 'Things of this kind do not cross the bridge.',
  'reason.not-editable':
    'Things of this kind cannot be changed on the other side. Please send it again instead.',
  'reason.not-encrypted':
    'This room is not encrypted, and this bridge carries only what is. Please turn encryption on in the room, and send it again.',
  'reason.not-permitted': 'You are not permitted to do this. Please ask your administrator.',
  'reason.nothing-to-do': 'There was nothing to do.',
  'reason.own-echo': 'The bridge sent this itself.',
  'reason.portal-closed': 'This chat has ended. You can open it again with `start`.',
  'reason.portal-opened': 'The chat was opened.',
  'reason.command-done': 'The command was carried out.',
  'reason.rate-limited': 'Too much at once. If nothing changes, please try again later.',
  'reason.rule': 'A rule does not let this pass.',
  'reason.timeout': 'The other side did not answer in time. If nothing changes, please try again later.',
  'reason.too-large': 'The file is larger than what is allowed. Please send a smaller one.',
  'reason.too-long': 'The text is longer than what the other network carries. Please send it in parts.',
  'reason.unknown-target': 'The message that this refers to is not known on the other side.',
  'reason.unreachable':
    'The server on the other side cannot be reached. If nothing changes, please try again later.',
  'reason.user-unavailable': 'This person cannot be reached at the moment. Please try again later.',

  'failure.not-sent': 'Your message to {name} was not delivered. {reason}',
  'failure.blocked': 'Your message to {name} was stopped by the rule {rule}.',
  'failure.unsupported': 'Your message to {name} cannot be shown there. {reason}',
  'failure.late': 'Delivered late: the message was sent {when}.',
  'failure.refused': 'Your message to {user} was not delivered. {reason}',

  'welcome.management':
    'Hello! I am the bridge to other messengers. Write `help` to see what I can do. اكتب `language ar` للعربية.',

  'login.code': {
    by: 'minutes',
    forms: {
      one: 'The code with which {user} links this address is {code}. It holds for {minutes} minute. If this was not you, ignore this message and give the code to nobody.',
      other:
        'The code with which {user} links this address is {code}. It holds for {minutes} minutes. If this was not you, ignore this message and give the code to nobody.',
    },
  },

  'xmpp.no-replies':
    'This is a bridge to Matrix. Nobody reads what is written to it; write to the address of a person.',
  'xmpp.no-private':
    'This user is on Matrix. Private messages in this room do not get there, since it hides addresses. Write in the room.',
  'xmpp.poll': '(A poll on Matrix. It cannot be answered from here.)',
  'xmpp.retracted': 'This message was taken back.',
  'crypto.no-verification': 'This account belongs to a bridge and cannot be verified by comparing anything.',

  'state.up': 'connected',
  'state.connecting': 'connecting',
  'state.down': 'not connected',
  'event.pending': 'on its way',
  'event.held': 'waits for the receiver to accept',
  'event.waiting-for-key': 'waits for a key',
  'event.sent': 'sent',
  'event.ignored': 'nothing to send',
  'event.blocked': 'stopped by a rule',
  'event.unsupported': 'not possible on the other side',
  'event.failed': 'failed',

  'column.network': 'Network',
  'column.state': 'State',
  'column.since': 'Since',
  'column.reason': 'Reason',
  'column.address': 'Address',
  'column.user': 'User',
  'column.language': 'Language',
  'column.group': 'Group',
  'column.person': 'Person',
  'column.room': 'Room',
  'column.command': 'Command',
  'column.what': 'What it does',
  'column.check': 'Check',
  'column.finding': 'Finding',
  'column.field': 'Field',
  'column.value': 'Value',
  'value.none': '–',

  'command.unknown': 'I do not know the command {name}. Write `help` to see what I can do.',
  'command.unknown-near': 'I do not know the command {name}. Did you mean `{near}`?',
  'command.usage': 'This is how the command is written: `{usage}`',
  'command.admin-only': 'Only administrators of the bridge may use `{name}`.',
  'command.failed': 'This did not work because of a mistake in the bridge. Please tell your administrator.',
  'command.empty': 'Write `help` to see what I can do.',
  'command.no-network': 'There is no network {name} here. These are there: {networks}.',
  'command.no-networks': 'No network is connected to this bridge.',
  'command.page': 'There is more: `{next}`',
  'command.nothing-on-page': 'There is nothing here.',

  'help.intro': 'This is what I can do:',
  'help.admin': 'And for administrators:',
  'help.help': 'Shows what I can do.',
  'help.link': 'Links your own account on another network, by a code that is sent to it.',
  'help.unlink': 'Takes away the link to one of your accounts.',
  'help.logins': 'Shows the accounts that you have linked.',
  'help.start': 'Opens a chat with somebody on another network.',
  'help.join': 'Enters a group on another network.',
  'help.create': 'Makes a group on another network.',
  'help.leave': 'Leaves a group.',
  'help.status': 'Shows whether the networks are connected, or whether a chat is encrypted.',
  'help.version': 'Shows the version of the bridge.',
  'help.ping': 'Answers, so that you see that I am there.',
  'help.language': 'Chooses the language in which I speak to you.',
  'help.users': 'Shows who uses the bridge.',
  'help.portals': 'Shows the rooms that mirror chats on other networks.',
  'help.outcome': 'Shows how an event ended.',
  'help.retry': 'Tries an event again that did not get through.',

  'usage.help': 'help [command]',
  'usage.link': 'link [network] [address or code]',
  'usage.unlink': 'unlink <network> [address]',
  'usage.logins': 'logins',
  'usage.start': 'start <network> <address>',
  'usage.join': 'join <network> <address> [password]',
  'usage.create': 'create <network> <address> [name]',
  'usage.leave': 'leave [number or address]',
  'usage.status': 'status [room]',
  'usage.version': 'version',
  'usage.ping': 'ping',
  'usage.language': 'language <en|ar>',
  'usage.users': 'users [page]',
  'usage.portals': 'portals [page]',
  'usage.outcome': 'outcome <event id>',
  'usage.retry': 'retry <event id>',

  'link.networks': 'You can link an account on these networks: {networks}. Write for example `{example}`.',
  'link.none': 'None of the networks here needs or offers linked accounts.',
  'link.not-offered': 'Accounts cannot be linked on {network}.',
  'link.sent': {
    by: 'minutes',
    forms: {
      one: 'A code was sent to {address}. Write `{command}` with it; it holds for {minutes} minute.',
      other: 'A code was sent to {address}. Write `{command}` with it; it holds for {minutes} minutes.',
    },
  },
  'link.wait': 'A code was sent only just now. Please wait a minute before you ask for another.',
  'link.done': 'Your account {address} on {network} is linked.',
  'link.no-code': 'No code is waiting for an answer. Write `{command}` to get one.',
  'link.expired': 'This code is no longer good. Write `{command}` to get a new one.',
  'link.wrong': {
    by: 'left',
    forms: {
      one: 'This is not the code. You have {left} more try.',
      other: 'This is not the code. You have {left} more tries.',
    },
  },
  'link.too-many': 'This was not the code, too many times. Write `{command}` to get a new one.',
  'link.failed': 'The account could not be linked. {reason}',

  'unlink.done': 'Your account {address} on {network} is no longer linked.',
  'unlink.none': 'You have no linked account on {network}.',
  'unlink.unknown': 'You have not linked {address} on {network}.',
  'unlink.which': 'You have several accounts on {network}: {addresses}. Say which one: `{command}`',

  'logins.none': 'You have linked no account.',
  'logins.head': {
    by: 'count',
    forms: { one: 'You have linked {count} account:', other: 'You have linked {count} accounts:' },
  },

  'start.opened': 'The chat with {name} is open:',
  'start.exists': 'You already have a chat with {name}:',
  'start.opened.unnamed': 'The chat is open:',
  'start.exists.unnamed': 'You already have that chat:',
  'start.failed': 'The chat with {address} could not be opened. {reason}',

  'group.password-erased':
    'I have removed your message with the password from this room. Other servers and clients may still have copies of it.',
  'group.password-not-erased':
    'I could not remove your message with the password from this room: please delete it.',
  'group.joined': 'You are in the group {address} as {nick}. This is its room:',
  'group.ruled-out':
    'You were not let into the group {address}. The rule {rule} does not let this pass: group chats. Nothing was sent.',
  'group.failed': 'You could not enter the group {address}. {reason}',
  'group.none-there': 'There are no such groups on the network {network}.',
  'leave.which': 'You are in these groups:',
  'leave.none': 'You are in no group. You can enter one with `join`.',
  'leave.unknown': 'You are in no group {address}. Write `leave` to see your groups.',
  'leave.done': 'You have left the group {address}.',
  'leave.failed': 'You could not leave the group {address}. {reason}',

  'status.head': 'The networks of this bridge:',
  'status.waiting': {
    by: 'count',
    forms: {
      one: '{count} event is on its way; it came {oldest}.',
      other: '{count} events are on their way; the oldest came {oldest}.',
    },
  },
  'status.nothing-waiting': 'Nothing is waiting.',

  'version.is': 'Causeway {version} on Node.js {node}',
  'ping.answer': 'I am here.',
  'ping.answer-ms': 'I am here. Your message took {ms} ms to reach me.',
  'language.now': 'I speak English with you now.',
  'language.choose': 'You can choose: {languages}. Write for example `language ar`.',

  'users.head': 'Who uses the bridge:',
  'portals.head': {
    by: 'count',
    forms: {
      one: '{count} room mirrors a chat on another network.',
      other: '{count} rooms mirror chats on other networks.',
    },
  },

  'outcome.unknown': 'No event {id} is known here. It may have been forgotten since, or never have come.',
  'outcome.head': 'The event {id}:',
  'outcome.source': 'Came from',
  'outcome.state': 'State',
  'outcome.reason': 'Reason',
  'outcome.rule': 'Rule',
  'outcome.attempts': 'Attempts',
  'outcome.received': 'Received',
  'outcome.ended': 'Ended',
  'outcome.retryable': 'It can be tried again: `{command}`',
  'retry.started': 'The event {id} is tried again.',
  'retry.impossible':
    'The event {id} cannot be tried again: it is still on its way, was sent already, or its content has been erased.',
} as const;
