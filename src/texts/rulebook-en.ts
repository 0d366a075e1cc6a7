/** What is said of rules that are changed while the bridge runs, and of why something was decided. */
export const rulebookEn = {
  'help.rules': 'Shows the rules in force, changes them, tries changes, and shows who changed what.',
  'usage.rules':
    'rules [page] | rules add [first] [replace] <id> <action> <feature,…> [name=value …] | rules remove <id> … | rules test [last=<number>] [remove] … | rules audit [id] [before=<number>]',
  'help.explain': 'Shows which rule decided about an event, or holds for a person, and who set it.',
  'usage.explain': 'explain <event id> | explain [network] <address or Matrix ID of a person> [user]',

  'cli.rules-do-not-fit':
    'The rules that were set while the bridge ran do not fit its configuration: {what}. Put the configuration right (a rule of the same id, or a group of users that is missing).',
  'rules.author.api': 'the HTTP API',
  'rules.author.erased': 'a user who was erased',

  'rules.head': {
    by: 'count',
    forms: {
      one: '{count} rule is in force. Within one dimension the first that fits decides:',
      other: '{count} rules are in force. Within one dimension the first that fits decides:',
    },
  },
  'rules.none': 'No rules are in force. Write `rules add <id> <action> <feature,…>` to set one.',
  'rules.column.rule': 'Rule',
  'rules.column.says': 'What it says',
  'rules.column.author': 'Set by',
  'rules.column.when': 'Set',
  'rules.always': 'at the start',

  'rules.changed': {
    by: 'count',
    forms: {
      one: '{count} rule was changed. It holds from the next event on.',
      other: '{count} rules were changed. They hold from the next event on.',
    },
  },
  'rules.unchanged': 'Nothing was changed: the rules in force say this already.',
  'rules.not-changed': 'Nothing was changed: the rules in force stay as they were.',
  'rules.exists':
    'There is another rule {rule} already. Write `rules add replace …` to put this one in its place, or choose another id.',
  'rules.unknown': 'No rule {rule} was set while the bridge ran. Write `rules` to see all.',
  'rules.configured': 'The rule {rule} stands in the configuration. Please change it there.',
  'rules.too-many': 'These are too many: at most {most}.',
  'rules.too-long': 'The rule {rule} is too long: at most {most} bytes.',
  'rules.not-alone':
    'Please write either one rule on one line, or YAML in a code block: between two lines of three backticks.',
  'rules.input.unknown-name': '{path} is nothing that a rule has.',
  'rules.input.missing': '{path} is missing.',
  'rules.input.one-of': '{path} has to be one of these: {values}.',
  'rules.input.wrong': '{path} is wrong: {detail}.',
  'rules.input.syntax': 'This cannot be read: {detail}.',
  'rules.input.whole': 'The rule',

  'rules.test.head': {
    by: 'judged',
    forms: {
      one: 'Nothing was changed. Of the last {judged} event that could be looked at, the verdict on {changes} would be another.',
      other:
        'Nothing was changed. Of the last {judged} events that could be looked at, the verdicts on {changes} would be others.',
    },
  },
  'rules.test.unread': {
    by: 'unread',
    forms: {
      one: '{unread} more event could not be opened again, or is of no chat.',
      other: '{unread} more events could not be opened again, or are of no chat.',
    },
  },
  'rules.test.more': 'The first {shown} of them are shown.',
  'rules.test.event': 'Event',
  'rules.test.was': 'Now',
  'rules.test.would': 'Then',
  'rules.test.by': '{verdict} ({rules})',

  'rules.audit.head': 'Changes of rules, the newest first:',
  'rules.audit.none': 'No rule was changed while the bridge ran.',
  'rules.audit.dropped': {
    by: 'count',
    forms: {
      one: '{count} older change is not remembered any more.',
      other: '{count} older changes are not remembered any more.',
    },
  },
  'rules.audit.number': 'Number',
  'rules.audit.before': 'Before',
  'rules.audit.after': 'After',

  'explain.unknown':
    'Nothing of yours is known here under {which}. It may have been forgotten since, or never have come.',
  'explain.event': 'The event {id} ended so: {state}.',
  'explain.open': 'The event {id} has not ended: {state}.',
  'explain.feature': 'What it is about: {feature}.',
  'explain.rule': 'The rule {rule} decided that. It was set by {author}.',
  'explain.rule-since': 'It was changed after that.',
  'explain.rule-says': 'It says: `{line}`',
  'explain.past-removed': 'The rule {rule} decided that. {author} took it away {when}.',
  'explain.door':
    'This was decided by {name}. No rule in force is called so: it is what says who may reach whom, or a rule that the configuration had then.',
  'explain.now': 'As the rules are now, this would become of what is in it:',
  'explain.not-kept':
    'What was in it is not kept any more, or is of no chat, so the rules cannot be asked again.',
  'explain.no-rules': 'No rule is about it.',
  'explain.person': 'Between {user} and {person} on {network}:',
  'explain.to-matrix': 'What {person} sends to {user}:',
  'explain.to-network': 'What {user} sends to {person}:',
  'explain.limits': 'Rules about sizes, types and amounts show only with an event that they are about.',
  'explain.stopped': 'What was stopped lately:',
} as const;
