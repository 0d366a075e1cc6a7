/** English: bridging a room that is there already with a group. */
export const tiesEn = {
  'reason.bridged-room':
    'This group is bridged with a Matrix room that belongs to its people. Somebody there has to invite you to it.',
  'reason.room-of-others':
    'The room belongs to its people and was there before: nothing that was said elsewhere earlier is brought into it.',
  'help.bridge':
    'Bridges a room that you run with a group that is there already, when those who run it agree.',
  'usage.bridge': 'bridge <network> <address> <room id or alias>',
  'help.unbridge': 'Ends what `bridge` began; the room stays as it is.',
  'usage.unbridge': 'unbridge <room or address>',

  'tie.begun': {
    by: 'minutes',
    forms: {
      one: 'I ask both sides whether {room} may be bridged with {address}. Both have to agree within {minutes} minute. I tell you here how it goes.',
      other:
        'I ask both sides whether {room} may be bridged with {address}. Both have to agree within {minutes} minutes. I tell you here how it goes.',
    },
  },
  'tie.failed': '{room} could not be bridged with {address}. {reason}',
  'tie.invite-bot':
    'Please invite me, {bot}, to {room}. I come in, look whether it can be bridged with {address}, and go on by myself.',
  'tie.asked': {
    by: 'minutes',
    forms: {
      one: 'You do not own or administer {address} there, so I have asked in the group. One of those who do has to answer there with the code {code} within {minutes} minute.',
      other:
        'You do not own or administer {address} there, so I have asked in the group. One of those who do has to answer there with the code {code} within {minutes} minutes.',
    },
  },
  'tie.open':
    'Both sides have agreed: {room} is bridged with {address}. The room keeps its name, its picture and its members; what was said before stays where it is.',
  'tie.ended': '{room} is no longer bridged with {address}. The room stays as it is.',
  'tie.ends': 'The bridge leaves {room} and {address}. A part of that has to wait and goes on by itself.',
  'tie.end-failed': 'It could not be seen what bridges {which}. {reason}',
  'tie.withdrawn': 'I no longer ask whether {room} may be bridged with {address}.',
  'tie.not-bridged': 'Nothing that `bridge` began is called {which}.',
  'tie.may-not-end':
    'Only who asked for it, who may change the permissions of the room, or an administrator of the bridge may end this.',

  'tie.why.bot-power':
    'I may not invite people to {room}, so the people of the group could not come in. Please allow me, {bot}, to invite, and write the command again.',
  'tie.why.people-power':
    'In {room} only members with a power of their own may write, so the people of the group could not. Please allow everybody to write, and write the command again.',
  'tie.why.cannot-ask':
    'I could not ask in {address}: I may not enter or write there as myself. Those who run the group have to let me in, or you have to own or administer it.',
  'tie.why.direct': '{room} is a direct chat. Only rooms of several people can be bridged so.',
  'tie.why.encrypted':
    '{room} is encrypted, and encryption cannot be switched off again. Only a room without encryption can be bridged.',
  'tie.why.expired': 'Not everybody agreed in time that {room} is bridged with {address}. You can ask again.',
  'tie.why.group-taken':
    '{address} has a room on this homeserver already. Whoever is in it can see it; `join` leads there where it is open to you.',
  'tie.why.group-yours':
    'You are in {address} through another room already, and a group has one room. Leave the group with `leave`, or use that room.',
  'tie.why.in-no-room': 'You are not in {room}. Please join it, and write the command again.',
  'tie.why.management':
    '{room} is where somebody talks to me. Only rooms of several people can be bridged so.',
  'tie.why.no-agreement': 'Groups of this network cannot be bridged with rooms that are there already.',
  'tie.why.no-power':
    'Only who may change the permissions of {room} may have it bridged. Please ask one of those who may.',
  'tie.why.no-room': 'I find no room {room}. Please check how it is written.',
  'tie.why.not-permitted': 'You may no longer use this bridge.',
  'tie.why.other-wish':
    'Somebody has asked for {room} or {address} already, and it is not decided. Please try again later.',
  'tie.why.replaced': '{room} was replaced by another room. Please name that one.',
  'tie.why.room-taken': '{room} is connected to a chat on another network already, and a room has one.',
  'tie.why.space': '{room} is a space. Only rooms in which people write can be bridged.',
  'tie.why.too-many': 'You have asked for several rooms already. Please wait until these are decided.',

  'tie.say.ask': {
    by: 'minutes',
    forms: {
      one: 'I am the bridge to Matrix. {user} asks that this room be bridged with the Matrix room {room}: what is said here could then be read there, and the other way round. An owner or administrator of this room can agree by writing {code} here within {minutes} minute. Without that nothing happens.',
      other:
        'I am the bridge to Matrix. {user} asks that this room be bridged with the Matrix room {room}: what is said here could then be read there, and the other way round. An owner or administrator of this room can agree by writing {code} here within {minutes} minutes. Without that nothing happens.',
    },
  },
  'tie.say.not-you': 'Only an owner or administrator of this room can agree to that.',
  'tie.say.open': 'This room is bridged with the Matrix room {room} from now on, as {user} asked.',
  'tie.say.off': 'It is no longer asked whether this room is bridged with {room}.',
  'tie.say.ended': 'This room is no longer bridged with the Matrix room {room}.',

  'tie.room-bridged':
    'This room is bridged with {address} from now on: what is said here can be read there. `unbridge` in a chat with me ends that.',
  'tie.room-unbridged':
    'This room is no longer bridged with {address}. I and the people from there leave it.',
} as const;
