/** English: encryption, and the commands on it. */
export const keysEn = {
  'help.devices': 'Shows the keys of a ghost or of the bot, or gives it new ones.',
  'usage.devices': 'devices [reset] <user ID>',
  'help.discard': 'Has what comes next in a room encrypted anew.',
  'usage.discard': 'discard <room>',

  'keys.off': 'This bridge does not encrypt (`encryption.allow`).',
  'keys.not-ours': '{account} is no account of this bridge.',
  'keys.none': '{account} has no keys yet. It gets them when it is needed in an encrypted room.',
  'keys.head': 'The devices with keys of {account}:',
  'keys.device': 'Device',
  'keys.fingerprint': 'Fingerprint',
  'keys.signed': 'Signed',
  'keys.open': 'In memory',
  'keys.yes': 'yes',
  'keys.no': 'no',
  'keys.reset': '{account} has a new device with new keys, signed by its account as before.',
  'keys.discarded': 'What comes next in {room} is encrypted anew.',
  'keys.failed': 'That did not work. {reason}',

  'status.no-chat': '{room} is no chat of yours.',
  'status.matrix-encrypted': 'On Matrix this chat is end-to-end encrypted (Megolm).',
  'status.matrix-plain': 'On Matrix this chat is not encrypted.',
  'status.far-encrypted': 'On the network {network} it is end-to-end encrypted.',
  'status.far-plain': 'On the network {network} it is not end-to-end encrypted.',
  'status.bridge-reads': 'The bridge stands between the two, and reads what it carries.',

  'doctor.check.keys': 'Encryption',
  'doctor.keys.ok':
    'the file of keys can be written, and the homeserver takes keys for {user} and gives them out',
  'doctor.keys.not-yet':
    'the file of keys can be written; {user} has no keys on the homeserver yet. It gets them when the bridge runs.',
  'doctor.keys.file':
    'the file of keys {file} cannot be written ({code}). Check the folder and its permissions (`encryption.file`).',
  'doctor.keys.query': 'the homeserver does not give out keys ({status}, {code}). Look in its log.',
  'doctor.keys.unsigned':
    'the device of {user} is not signed by its account, so clients warn of it. Look in the log of the bridge; `devices reset {user}` gives it a new one.',
} as const;
