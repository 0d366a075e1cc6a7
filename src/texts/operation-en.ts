/** English: what can be wrong with a part of the bridge and what to do, and the commands for operation. */
export const operationEn = {
  'trouble.starting': 'It has not been heard of since the bridge started. Wait a moment.',
  'trouble.database-full':
    'The disk of the database is full. Free or add space; the bridge goes on by itself, and what came in meanwhile is sent again by its servers.',
  'trouble.database-busy':
    'Another process has locked the database. Close what has it open (a shell, a backup, a second bridge).',
  'trouble.database-read-only':
    'The database takes no writes. Check rights and mount options of its folder, or that the server is the primary and not a standby.',
  'trouble.database-broken':
    'The disk or the file of the database is damaged. Stop the bridge, look into the system log, and restore a backup.',
  'trouble.database-away':
    'The database does not answer. Check that its server runs and that this machine reaches it (`storage`).',
  'trouble.database-failed': 'The database refuses what the bridge asks. Look into the log of the bridge.',
  'trouble.database-taken':
    'Another process has taken the database. This bridge writes nothing more and ends; run only one.',
  'trouble.database-slow':
    'The database is slow. Look for load on its disk or server, and for a network in between.',
  'trouble.homeserver-down': 'The homeserver refuses connections. Check that it runs, and `homeserver.url`.',
  'trouble.homeserver-silent':
    'The homeserver takes connections and does not answer. Look at its load and its log, and restart it where it hangs.',
  'trouble.homeserver-nonsense':
    'What answers at `homeserver.url` is not the homeserver. Check the reverse proxy and whether the homeserver behind it runs.',
  'trouble.homeserver-slow':
    'The homeserver is slow. Look at its load and its database; messages come late and are not lost.',
  'trouble.as-token':
    'The homeserver does not accept the as_token. Give it the registration file that this bridge uses, and restart it.',
  'trouble.hs-token':
    'The homeserver calls the bridge with a wrong hs_token. Give it the registration file that this bridge uses, and restart it.',
  'trouble.wrong-url':
    'Something else than this bridge answers the homeserver at the `url` of the registration. Correct it, give the file to the homeserver, and restart that.',
  'trouble.not-reached':
    'The homeserver cannot reach the bridge. Check `url` in the registration, `appservice.bind`, firewalls, and names inside containers.',
  'trouble.clock-off':
    'The clocks of this machine and of the homeserver differ. Let both follow a time server (NTP).',
  'trouble.media-refused':
    'The media repository of the homeserver refuses files. Check its upload limits, its disk, and the reverse proxy in front of it.',
  'trouble.keys-stuck':
    'Encryption does not answer. What goes into encrypted rooms waits; look in the log of the bridge, and start it again if it does not come back.',
  'trouble.keys-store':
    'The file of keys takes nothing (`encryption.file`): its disk is full or may not be written. What goes into encrypted rooms waits and is not lost.',
  'trouble.keys-restarting':
    'Encryption ended unexpectedly and is started again. What goes into encrypted rooms waits; if this does not end, look in the log of the bridge.',
  'trouble.keys-unwatched':
    "Changes of people's devices are not seen, because the homeserver does not answer the bot's `/sync`. The bridge looks for itself meanwhile, which is slower.",
  'trouble.link-connecting': 'The link is being made. Wait a moment.',
  'trouble.link-lost':
    'The link has broken. It is made again by itself; where it does not come back, look into the log of the other server.',
  'trouble.link-unreachable':
    'The server of the network refuses connections. Check that it runs, and its address under `networks`.',
  'trouble.link-secret':
    'The server of the network does not accept the secret. Put the same one under `networks` and into its configuration.',
  'trouble.link-refused':
    'The server of the network refuses the bridge. Check that the domain under `networks` is the one in its configuration.',
  'trouble.link-stuck':
    'The server of the network takes connections and answers nothing. Restart it, and look for a firewall or proxy that swallows traffic.',
  'trouble.link-flapping':
    'The link breaks again and again. Look into the log of the other server: two bridges with one address, a time-out in between, or a server that restarts.',
  'trouble.backlog-stuck':
    'Events wait and none of them moves. Look at the other parts first; where all are well, look into the log and restart the bridge.',

  'doctor.check.bridge': 'The running bridge',
  'doctor.bridge.ok': 'says that all of its parts are well',
  'doctor.bridge.none': 'no bridge runs here at the moment',
  'doctor.bridge.trouble': '{what}',
  'doctor.link.trouble': 'not connected. {what}',
  'doctor.database.full': 'cannot be written: its disk is full ({code}). Free or add space.',
  'doctor.database.busy':
    'is locked by another process ({code}). Close what has it open: a shell, a backup, a second bridge.',

  'help.erase': 'Erases all that the bridge keeps of you.',
  'usage.erase': 'erase <me or user> [number]',
  'erase.ask':
    'This erases all that I keep of {user}: chats (the people in them leave), linked accounts, settings. What is in rooms and on other servers stays there. It cannot be undone. If you are sure, write `{command}` within ten minutes.',
  'erase.wrong':
    'This is not the number, or it is too old. Nothing was erased. Begin again with `{command}`.',
  'erase.begun': 'I am erasing all that I keep of {user}. It is done when I have left this room.',
  'erase.begun-other': 'I am erasing all that I keep of {user}. It goes on by itself until it is done.',
  'erase.no-user': '{user} is no user ID such as @alice:example.org.',
  'erase.admin-only': 'Only administrators of the bridge may erase somebody else.',
  'erase.farewell':
    'All that I kept of you is erased. I leave this room now. If you want to use the bridge again, invite me again.',

  'help.log': 'Shows or changes what is written to the log.',
  'usage.log': 'log [level] [part]',
  'log.head':
    'This is what is written to the log, until the bridge restarts or reads its configuration again:',
  'log.part': 'Part',
  'log.level': 'Level',
  'log.all-others': 'all others',
  'log.done': 'Done.',
  'log.no-level': 'There is no level {level}. These are there: {levels}.',
  'log.no-part': 'There is no part {part}. These are there: {parts}.',
  'log.fixed': 'The log of this bridge cannot be changed while it runs.',
} as const;
