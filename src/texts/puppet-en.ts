/** English: double puppeting. */
export const puppetEn = {
  'reason.no-puppet':
    'Double puppeting is off, so what you write in another app is not shown on Matrix. `puppet` says more.',
  'reason.no-puppet-keys':
    'I cannot write as you in this encrypted chat, so what you write in another app is not shown there. `puppet` says why.',
  'reason.other-account': 'You wrote this in another app. Please change it there.',

  'help.puppet': 'Shows what you write in other apps as yours on Matrix: on, off, or by an access token.',
  'usage.puppet': 'puppet [on|off|access token|xmpp on|xmpp off]',

  'puppet.on-registration':
    'Double puppeting is on: what you write in other apps with a linked account appears on Matrix as yours. `puppet off` ends that.',
  'puppet.on-token':
    'Double puppeting is on, with the access token that you gave me. `puppet off` ends that and forgets the token.',
  'puppet.off-chosen': 'Double puppeting is off. `puppet on` allows it again.',
  'puppet.off-lost':
    'Double puppeting is off: the access token that you gave me is no longer good. `puppet <access token>` gives me a new one.',
  'puppet.off-no-token':
    'Double puppeting is off. `puppet <access token>` allows it: log in once more, with a session for the bridge alone, and give me the access token of it.',
  'puppet.off-not-offered': 'Double puppeting is not offered to you here. Please ask your administrator.',
  'puppet.session': '{name} (what you write in other apps)',
  'puppet.encrypted-unverified':
    'In encrypted chats a warning stands beside what I write as you, for you and for others: my session on your account is not verified by you, and I do not ask you for the secrets that this would take.',
  'puppet.encrypted-signed-devices':
    'In encrypted chats I do not write as you: only verified sessions count here, and mine on your account is none. In groups what you write in other apps appears under the name of your linked account; in direct chats it is not shown.',
  'puppet.encrypted-other-keys':
    'In encrypted chats I cannot write as you: the session of the access token that you gave me has keys for encryption already, of the app that it belongs to, or of me from before. Please log in once more by password, with a tool that does not encrypt, and give me the access token of that with `puppet <access token>`. Or ask your administrator for the second registration, with which you need none.',
  'puppet.ignores': 'I also follow your list of ignored people.',
  'puppet.copies-on':
    'What you write on Matrix in direct chats with people on XMPP is also shown in the clients of your linked XMPP account, where its server allows that. What they answer comes to Matrix only. What you write in those clients goes out from that account, under its own address, and not from here. `puppet xmpp off` ends that.',
  'puppet.copies-off': 'What you write on Matrix is not shown in the clients of your linked XMPP account.',
  'puppet.taken':
    'Thank you. What you write in other apps with a linked account now appears on Matrix as yours.',
  'puppet.another-user': 'This access token is not yours, so I do not keep it.',
  'puppet.no-token':
    'The homeserver does not know this access token. Please check that you copied all of it.',
  'puppet.failed': 'The access token could not be checked, so I do not keep it. {reason}',
  'puppet.erased': 'I have removed your message with the token.',
  'puppet.not-erased': 'I may not remove your message with the token. Please remove it yourself.',
  'puppet.lost':
    'The homeserver no longer takes the access token that you gave me for double puppeting. `puppet <access token>` gives me a new one.',
  'puppet.missed':
    'What you write on {network} in another app is not shown here, because double puppeting is off. `puppet` says how it is turned on. I say this only once.',

  'cli.help.double-puppet':
    '`causeway -r --double-puppet [-c config.yaml] [-f doublepuppet.yaml] [--force]` writes a second registration, by which the users of the homeserver appear as themselves',
  'registration.puppet-bad':
    'The second registration {file} cannot be used ({detail}). Write one with `causeway -r --double-puppet -c {config} -f {file} --force`, and give it to the homeserver.',

  'doctor.check.double-puppet': 'Double puppeting',
  'doctor.double-puppet.ok': 'the second registration covers the users of {domain}',
  'doctor.double-puppet.unknown':
    'the homeserver does not know the token of the second registration. Give it the file, and restart it.',
  'doctor.double-puppet.not-covered':
    'the homeserver does not let the second registration act as {user} ({code}). Its namespace of users has to be `@.*:{domain}`.',
  'doctor.double-puppet.exclusive':
    'the namespace of the second registration is exclusive, so nobody else can register. Set `exclusive: false`.',
} as const;
