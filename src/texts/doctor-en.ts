/** English: the command line, its errors, and the doctor. */
export const doctorEn = {
  'cli.usage':
    'causeway: a Matrix application service that lets the users of a homeserver chat with people on other messengers',
  'cli.help.run': '`causeway [-c config.yaml]` runs the bridge',
  'cli.help.register':
    '`causeway -r -u URL [-c config.yaml] [-f registration.yaml] [--force]` writes a registration with fresh tokens; the homeserver reaches the bridge at URL',
  'cli.help.doctor': '`causeway doctor [-c config.yaml] [--json]` checks everything and says what to do',
  'cli.help.check-config': '`causeway check-config [-c config.yaml]` checks the configuration and exits',
  'cli.help.version': '`causeway --version` shows the version',
  'cli.help.help': '`causeway --help` shows this text',
  'cli.help.codes':
    'Exit codes: 0 well ended, 1 a check failed or a mistake in the program, 64 wrong use, 69 something needed is not available, 73 a file cannot be written, 75 another process holds the database, 77 the registration has placeholder tokens, 78 the configuration is wrong',
  'cli.bad-argument': 'The argument {argument} is not known or lacks its value. See `causeway --help`.',
  'cli.missing-url':
    'To write a registration, say where the homeserver reaches the bridge: `-u http://localhost:29331`',
  'cli.bad-url': '{url} is not an http or https address.',
  'cli.config-ok': 'The configuration {file} is good.',
  'cli.config-wrong': {
    by: 'count',
    forms: {
      one: 'The configuration has {count} error:',
      other: 'The configuration has {count} errors:',
    },
  },
  'cli.stopped-with-error': 'The bridge stopped because of an error; the log has it: {code}',
  'cli.database-held': 'The database is in use by another process: {holder}. Stop that one first.',
  'cli.unavailable': 'Something that the bridge needs is not available: {what}',
  'cli.old-node':
    'The bridge needs Node.js {oldest} or later, and this is {version}. One comes with its packages: put `node_modules/.bin` of the folder where it is installed at the front of `PATH`.',

  'config.at': '{place}: {path}',
  'config.env': 'environment variable {name}',
  'config.error': '{where}: found {found}, expected {expected}',
  'config.unreadable':
    '{file} cannot be read ({code}). Copy `config/example.yaml` to it, or name another file with `-c`.',
  'config.syntax': '{where}: this is not valid YAML: {detail}',
  'config.unknown-key': '{where}: there is no such setting',
  'config.unknown-key-near': '{where}: there is no such setting; did you mean `{near}`?',
  'config.twice': '{where}: given twice, also as {other}; keep one of the two',
  'config.secret-unreadable': '{where}: the file {file} cannot be read ({code})',
  'config.placeholder': '{where}: this is still the placeholder; put your own secret here',
  'config.document': 'the document',
  'config.unknown-env': 'The environment variable {name} names no setting and is ignored.',
  'config.found.nothing': 'nothing',
  'config.found.null': 'an empty value',
  'config.found.text': 'the text {value}',
  'config.found.secret': 'a text that is not shown',
  'config.found.number': 'the number {value}',
  'config.found.boolean': '{value}',
  'config.found.list': 'a list',
  'config.found.map': 'a map',
  'config.expected.text': 'a text',
  'config.expected.number': 'a number',
  'config.expected.integer': 'a whole number',
  'config.expected.boolean': '`true` or `false`',
  'config.expected.map': 'a map',
  'config.expected.list': 'a list',
  'config.expected.one-of': 'one of {values}',
  'config.expected.at-least': '{limit} or more',
  'config.expected.at-most': '{limit} or less',
  'config.expected.more-than': 'more than {limit}',
  'config.expected.less-than': 'less than {limit}',
  'config.expected.longer': 'at least {limit} characters or entries',
  'config.expected.shorter': 'at most {limit} characters or entries',
  'config.expected.multiple': 'a multiple of {limit}',
  'config.expected.format': 'a text of the form {format}',
  'config.expected.url': 'a URL such as `http://localhost:8008`',
  'config.expected.duration': 'a time such as `30s`, `24h` or `3 days`, or a number of milliseconds',
  'config.expected.size': 'a size such as `50 MiB`, or a number of bytes',
  'config.expected.other': '{detail}',

  'registration.written': 'The registration is in {file}. Next:',
  'registration.step-homeserver':
    '1. Give this file to the homeserver. For Synapse: copy it to where Synapse can read it, add its path under `app_service_config_files` in `homeserver.yaml`, and restart Synapse.',
  'registration.step-config': '2. Let `{setting}` in {config} name the same file.',
  'registration.step-doctor':
    '3. Start the bridge, and then check everything with `causeway doctor -c {config}`.',
  'registration.exists':
    '{file} exists already. With `--force` it is overwritten; its tokens are then no longer good.',
  'registration.not-written': '{file} cannot be written ({code}).',
  'registration.placeholder':
    'The registration {file} is the sample: its tokens are known to everybody. Write one of your own with `causeway -r -u {url} -c {config} -f {file} --force`, give it to the homeserver, and start again.',
  'registration.unreadable':
    'The registration {file} cannot be read ({code}). Write one with `causeway -r -u {url} -c {config} -f {file}`.',
  'registration.invalid':
    'The registration {file} is not complete ({detail}). Write it again with `causeway -r -u {url} -c {config} -f {file} --force`.',

  'doctor.all-well': 'All is well.',
  'doctor.not-well': {
    by: 'count',
    forms: { one: '{count} check failed.', other: '{count} checks failed.' },
  },
  'doctor.check.homeserver': 'Homeserver',
  'doctor.check.as-token': 'Token of the bridge (as_token)',
  'doctor.check.ping': 'Ping both ways (hs_token)',
  'doctor.check.namespaces': 'Namespaces',
  'doctor.check.aliases': 'Aliases of groups',
  'doctor.check.signals': 'Signals',
  'doctor.check.device': 'Device masquerading',
  'doctor.check.media': 'Media',
  'doctor.check.sound': 'Voice messages',
  'doctor.check.clock': 'Clock',
  'doctor.check.database': 'Database',
  'doctor.check.link': 'Link to {network}',
  'doctor.skipped': 'not checked, because an earlier check failed',
  'doctor.crashed': 'the check itself failed ({code}); this is a mistake in the bridge: please report it',
  'doctor.homeserver.ok': 'answers in {ms} ms',
  'doctor.homeserver.unreachable':
    '{url} does not answer ({code}). Check `homeserver.url`, that the homeserver runs, and that this machine reaches it.',
  'doctor.homeserver.not-matrix':
    '{url} answers, but not as a Matrix homeserver (HTTP {status}). Check `homeserver.url` and the reverse proxy.',
  'doctor.as-token.ok': 'accepted as {user}',
  'doctor.as-token.unknown':
    'the homeserver does not know it. Give the homeserver the registration file that this bridge uses, and restart the homeserver.',
  'doctor.as-token.other-server':
    'it belongs to {found}, but the configuration says {expected}. Correct `homeserver.domain`.',
  'doctor.as-token.failed': 'the homeserver answered HTTP {status} ({code}). Look into its log.',
  'doctor.ping.ok': 'there and back in {ms} ms',
  'doctor.ping.wrong-token':
    'the bridge does not accept the hs_token that the homeserver has. Give the homeserver the same registration file as the bridge, and restart it.',
  'doctor.ping.bad-status':
    'something else answers at the URL of the registration (HTTP {status}). Check `url` in the registration and what listens there.',
  'doctor.ping.connection':
    'the homeserver cannot connect to {url}. Check `url` in the registration, `appservice.bind`, firewalls, and that the name means the same from the homeserver (containers).',
  'doctor.ping.timeout':
    'the homeserver got no answer from {url} in time. Check the network between the two.',
  'doctor.ping.no-url':
    'the registration has no `url`. Write it again with `causeway -r`, and restart the homeserver.',
  'doctor.ping.wrong-id':
    'the homeserver knows this token under another id. Restart the homeserver after changing the registration.',
  'doctor.ping.old':
    'the homeserver has no ping (Matrix 1.7). Update it; without the ping, missed events come late.',
  'doctor.ping.cannot-listen':
    'the bridge is not running and its address cannot be listened on ({code}). Check `appservice.bind`.',
  'doctor.ping.failed': 'the homeserver answered HTTP {status} ({code}). Look into its log.',
  'doctor.namespaces.ok': 'cover the bot and the ghosts of {networks}',
  'doctor.namespaces.missing':
    'the registration does not cover {missing}. Write it again with `causeway -r`, give it to the homeserver, and restart it.',
  'doctor.namespaces.homeserver':
    'the registration covers {user}, but the homeserver does not let the bridge act as it ({code}). Restart the homeserver with the current registration.',
  'doctor.namespaces.not-exclusive':
    'the namespace of {networks} is not exclusive, so that others could register such names. Write the registration again with `causeway -r`.',
  'doctor.aliases.ok': 'the rooms of groups on {networks} have aliases, and can be looked up',
  'doctor.aliases.missing':
    'the registration is an older one: it has no namespace for aliases (`namespaces.aliases`), so the rooms of groups have none, and nobody enters a group by one. All else works. Write it again with `causeway -r`, give it to the homeserver, and restart both.',
  'doctor.aliases.protocols':
    'the registration does not name all networks under `protocols`, so people and groups are not found in the room directory. Write it again with `causeway -r`, give it to the homeserver, and restart it.',
  'doctor.aliases.homeserver':
    'the registration has a namespace for aliases, but the homeserver does not know of it. Restart the homeserver with the current registration, and then the bridge.',
  'doctor.signals.ok': 'the homeserver is asked for typing, read receipts and presence',
  'doctor.signals.not-asked':
    'the registration has no `receive_ephemeral: true`, so typing, read receipts and presence of Matrix users do not cross. Write it again with `causeway -r`, give it to the homeserver, and restart it.',
  'doctor.device.ok': 'works',
  'doctor.device.ignored':
    'the homeserver ignores it, so messages can double when it restarts. Update it (Matrix 1.17; Synapse 1.141 or later).',
  'doctor.device.failed': 'the homeserver answered HTTP {status} ({code}). Update it (Matrix 1.17).',
  'doctor.device.no-bot': 'the bot is not registered yet; start the bridge once.',
  'doctor.media.ok': 'uploaded and downloaded in {ms} ms',
  'doctor.media.upload':
    'the upload failed with HTTP {status} ({code}). Check the media settings, the disk of the homeserver, and limits of the reverse proxy.',
  'doctor.media.download':
    'the upload worked, the download did not: HTTP {status} ({code}). Authenticated media (Matrix 1.11) is needed: update the homeserver, or let the reverse proxy pass `/_matrix/client/v1/media`.',
  'doctor.media.differs':
    'what was downloaded is not what was uploaded. Look for a proxy or a cache in between.',
  'doctor.sound.ok': 'ffmpeg {version}',
  'doctor.sound.none':
    'there is no ffmpeg in `PATH`: voice messages go as they are, and not every client can play them. Install ffmpeg and restart the bridge.',
  'doctor.sound.lacks':
    'ffmpeg {version} cannot write {lacks}: some voice messages go as they are. Install an ffmpeg with these encoders.',
  'doctor.clock.ok': 'agrees with the homeserver to {seconds} s',
  'doctor.clock.off':
    'differs from the homeserver by {seconds} s. Let both machines follow a time server (NTP).',
  'doctor.clock.unknown': 'the homeserver tells no time, so it could not be compared.',
  'doctor.database.ok': '{engine}, schema {version}, in use by {holder}',
  'doctor.database.free': '{engine}, schema {version}, not in use',
  'doctor.database.new': '{engine}, still empty: it is set up at the first start',
  'doctor.database.newer': 'was written by a newer version of the bridge. Use that version, or a newer one.',
  'doctor.database.failed':
    'cannot be opened ({code}). Check the `storage` settings, rights on the file, and the disk.',
  'doctor.database.wrong-key':
    'was written with another key. Put back the key with which it was written (`storage`).',
  'doctor.link.up': 'connected',
} as const;
