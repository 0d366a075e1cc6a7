/** English: message requests. */
export const requestsEn = {
  'help.requests': 'Lists who wants to reach you, shows what they wrote, or forgets that you declined them.',
  'usage.requests': 'requests [show <number> | block <number> | declined | restore <number>]',
  'help.accept': 'Lets somebody in who wants to reach you.',
  'usage.accept': 'accept <number>',
  'help.decline': 'Turns somebody away who wants to reach you; they are not told.',
  'usage.decline': 'decline <number>',

  'requests.trust.verified': 'verified',
  'requests.trust.unverified': 'not verified',
  'requests.who': '{name} ({address})',
  'requests.open': {
    by: 'count',
    forms: {
      one: 'Request {number}: {who} wants to reach you on {network} ({trust}). {count} message waits. React with ✅ to accept, ❌ to decline, 🚫 to block or 👁 to see what they wrote, or write `accept {number}`, `decline {number}` or `requests show {number}`.',
      other:
        'Request {number}: {who} wants to reach you on {network} ({trust}). {count} messages wait. React with ✅ to accept, ❌ to decline, 🚫 to block or 👁 to see what they wrote, or write `accept {number}`, `decline {number}` or `requests show {number}`.',
    },
  },
  'requests.open-group':
    'Request {number}: {who} invites you into the group {group} on {network} ({trust}). React with ✅ to accept, ❌ to decline or 🚫 to block, or write `accept {number}` or `decline {number}`.',
  'requests.open-group-unnamed':
    'Request {number}: somebody invites you into the group {group} on {network}, which does not tell who. React with ✅ to accept, ❌ to decline or 🚫 to block, or write `accept {number}` or `decline {number}`.',
  'requests.dropped': {
    by: 'count',
    forms: {
      one: '{count} more was dropped, since too many wait.',
      other: '{count} more were dropped, since too many wait.',
    },
  },
  'requests.accepted': 'Request {number}: you accepted {who} on {network}.',
  'requests.declined':
    'Request {number}: you declined {who} on {network}. They are not told; `requests restore {number}` lets them ask again.',
  'requests.blocked': 'Request {number}: you blocked {who} on {network}.',
  'requests.expired': 'Request {number} of {who} on {network} was not answered, and what waited is erased.',
  'requests.crowd': {
    by: 'count',
    forms: {
      one: '{count} more request waits, from {from}. `requests` lists it.',
      other: '{count} more requests wait, most of them from {from}. `requests` lists them.',
    },
  },
  'requests.crowd-over': 'The requests that were told of here are over.',
  'requests.server': '{server} ({count})',

  'status.requests': {
    by: 'count',
    forms: {
      one: '{count} person waits for your answer. `requests` shows who.',
      other: '{count} people wait for your answer. `requests` shows who.',
    },
  },
  'doctor.check.requests': 'Message requests',
  'doctor.requests.none': 'nobody waits',
  'doctor.requests.some': {
    by: 'count',
    forms: { one: '{count} waits', other: '{count} wait' },
  },
  'doctor.requests.full': {
    by: 'count',
    forms: {
      one: '{count} waits, and {percent} % of what may wait is used: what strangers send beyond is dropped. See which servers they come from, `ban` those, or raise `requests.max_overall` and `requests.max_size`',
      other:
        '{count} wait, and {percent} % of what may wait is used: what strangers send beyond is dropped. See which servers they come from, `ban` those, or raise `requests.max_overall` and `requests.max_size`',
    },
  },

  'requests.space': 'Requests',
  'requests.room-over': 'This request is over.',

  'requests.none': 'Nobody waits for your answer.',
  'requests.none-declined': 'You have declined and blocked nobody.',
  'requests.head': 'These people want to reach you. Answer with `accept <number>` or `decline <number>`:',
  'requests.head-declined': 'You declined or blocked these. `requests restore <number>` lets them ask again:',
  'requests.more': 'There are more; answer some of these first.',
  'requests.number': 'Number',
  'requests.waiting': 'Messages',
  'requests.invites': 'invites into {group}',
  'requests.unknown': 'You have no request with the number {number}. `requests` lists them.',
  'requests.over': 'Request {number} is answered already, or is over.',
  'requests.restored': '{who} can ask again to reach you.',
  'requests.failed': 'That did not work. {reason}',
  'requests.shown': 'What {who} wrote, as it waits. They do not learn that you looked:',
  'requests.shown-none': 'Nothing waits of request {number}.',
  'requests.shown-more': {
    by: 'count',
    forms: { one: 'And {count} more.', other: 'And {count} more.' },
  },
  'requests.said-media': '(a file: {kind}, {name})',
  'requests.said-media-sized': '(a file: {kind}, {name}, {size})',
  'requests.said-other': '(something else than a message)',
  'requests.unanswered':
    '{name} has not answered yet. This network lets no more messages pass before they do, so yours was not delivered.',
} as const;
