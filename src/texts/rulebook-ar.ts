import type { Catalogue } from './catalogue.ts';
import type { rulebookEn } from './rulebook-en.ts';

/** Arabic: rules that are changed while the bridge runs, and why something was decided. */
export const rulebookAr: Pick<Catalogue, keyof typeof rulebookEn> = {
  'help.rules': 'يعرض القواعد السارية ويغيّرها ويجرّب تغييرها ويبيّن من غيّر ماذا.',
  'usage.rules':
    'rules [page] | rules add [first] [replace] <id> <action> <feature,…> [name=value …] | rules remove <id> … | rules test [last=<number>] [remove] … | rules audit [id] [before=<number>]',
  'help.explain': 'يبيّن أي قاعدة حكمت في حدث أو تسري على شخص، ومن وضعها.',
  'usage.explain': 'explain <event id> | explain [network] <address or Matrix ID of a person> [user]',

  'cli.rules-do-not-fit':
    'القواعد التي وُضعت أثناء عمل الجسر لا توافق إعداداته: {what}. صحّح الإعدادات (قاعدة بالاسم نفسه، أو مجموعة مستخدمين ناقصة).',
  'rules.author.api': 'واجهة HTTP',
  'rules.author.erased': 'مستخدم مُحي',

  'rules.head': {
    by: 'count',
    forms: {
      zero: 'لا توجد قواعد سارية ({count}).',
      one: 'قاعدة واحدة سارية ({count}). في كل بُعد تحكم أول قاعدة تنطبق:',
      two: 'قاعدتان ساريتان ({count}). في كل بُعد تحكم أول قاعدة تنطبق:',
      few: '{count} قواعد سارية. في كل بُعد تحكم أول قاعدة تنطبق:',
      many: '{count} قاعدة سارية. في كل بُعد تحكم أول قاعدة تنطبق:',
      other: '{count} قاعدة سارية. في كل بُعد تحكم أول قاعدة تنطبق:',
    },
  },
  'rules.none': 'لا توجد قواعد سارية. اكتب `rules add <id> <action> <feature,…>` لوضع قاعدة.',
  'rules.column.rule': 'القاعدة',
  'rules.column.says': 'ما تقوله',
  'rules.column.author': 'وضعها',
  'rules.column.when': 'متى',
  'rules.always': 'عند البدء',

  'rules.changed': {
    by: 'count',
    forms: {
      zero: 'لم تُغيَّر أي قاعدة ({count}).',
      one: 'غُيّرت قاعدة واحدة ({count}). تسري من الحدث التالي.',
      two: 'غُيّرت قاعدتان ({count}). تسريان من الحدث التالي.',
      few: 'غُيّرت {count} قواعد. تسري من الحدث التالي.',
      many: 'غُيّرت {count} قاعدة. تسري من الحدث التالي.',
      other: 'غُيّرت {count} قاعدة. تسري من الحدث التالي.',
    },
  },
  'rules.unchanged': 'لم يتغيّر شيء: القواعد السارية تقول هذا من قبل.',
  'rules.not-changed': 'لم يتغيّر شيء: تبقى القواعد السارية كما كانت.',
  'rules.exists': 'توجد قاعدة أخرى باسم {rule}. اكتب `rules add replace …` لتحلّ هذه محلها، أو اختر اسمًا آخر.',
  'rules.unknown': 'لم توضع قاعدة باسم {rule} أثناء عمل الجسر. اكتب `rules` لترى الكل.',
  'rules.configured': 'القاعدة {rule} موجودة في ملف الإعدادات. غيّرها هناك من فضلك.',
  'rules.too-many': 'هذا كثير: الحد الأقصى {most}.',
  'rules.too-long': 'القاعدة {rule} أطول من اللازم: الحد الأقصى {most} بايت.',
  'rules.not-alone':
    'اكتب من فضلك إما قاعدة واحدة في سطر واحد، أو YAML في كتلة شيفرة: بين سطرين في كل منهما ثلاث علامات اقتباس مائلة.',
  'rules.input.unknown-name': '{path} ليس مما في القواعد.',
  'rules.input.missing': '{path} ناقص.',
  'rules.input.one-of': '{path} يجب أن يكون واحدًا من هذه: {values}.',
  'rules.input.wrong': '{path} خطأ: {detail}.',
  'rules.input.syntax': 'لا يمكن قراءة هذا: {detail}.',
  'rules.input.whole': 'القاعدة',

  'rules.test.head': {
    by: 'judged',
    forms: {
      zero: 'لم يتغيّر شيء. لا أحداث يمكن النظر فيها ({judged})، والأحكام المختلفة: {changes}.',
      one: 'لم يتغيّر شيء. من آخر حدث أمكن النظر فيه ({judged})، الأحكام التي ستختلف: {changes}.',
      two: 'لم يتغيّر شيء. من آخر حدثين أمكن النظر فيهما ({judged})، الأحكام التي ستختلف: {changes}.',
      few: 'لم يتغيّر شيء. من آخر {judged} أحداث أمكن النظر فيها، الأحكام التي ستختلف: {changes}.',
      many: 'لم يتغيّر شيء. من آخر {judged} حدثًا أمكن النظر فيها، الأحكام التي ستختلف: {changes}.',
      other: 'لم يتغيّر شيء. من آخر {judged} حدث أمكن النظر فيها، الأحكام التي ستختلف: {changes}.',
    },
  },
  'rules.test.unread': {
    by: 'unread',
    forms: {
      zero: 'فُتحت كل الأحداث ({unread}).',
      one: 'حدث آخر ({unread}) لم يمكن فتحه مرة أخرى، أو ليس من محادثة.',
      two: 'حدثان آخران ({unread}) لم يمكن فتحهما مرة أخرى، أو ليسا من محادثة.',
      few: '{unread} أحداث أخرى لم يمكن فتحها مرة أخرى، أو ليست من محادثة.',
      many: '{unread} حدثًا آخر لم يمكن فتحها مرة أخرى، أو ليست من محادثة.',
      other: '{unread} حدث آخر لم يمكن فتحها مرة أخرى، أو ليست من محادثة.',
    },
  },
  'rules.test.more': 'تُعرض أول {shown} منها.',
  'rules.test.event': 'الحدث',
  'rules.test.was': 'الآن',
  'rules.test.would': 'بعد التغيير',
  'rules.test.by': '{verdict} ({rules})',

  'rules.audit.head': 'تغييرات القواعد، الأحدث أولًا:',
  'rules.audit.none': 'لم تُغيَّر أي قاعدة أثناء عمل الجسر.',
  'rules.audit.dropped': {
    by: 'count',
    forms: {
      zero: 'كل التغييرات محفوظة ({count}).',
      one: 'تغيير واحد أقدم ({count}) لم يعد محفوظًا.',
      two: 'تغييران أقدم ({count}) لم يعودا محفوظين.',
      few: '{count} تغييرات أقدم لم تعد محفوظة.',
      many: '{count} تغييرًا أقدم لم تعد محفوظة.',
      other: '{count} تغيير أقدم لم تعد محفوظة.',
    },
  },
  'rules.audit.number': 'الرقم',
  'rules.audit.before': 'قبل',
  'rules.audit.after': 'بعد',

  'explain.unknown': 'لا يُعرف هنا شيء لك باسم {which}. ربما نُسي منذ ذلك الحين، أو لم يصل قط.',
  'explain.event': 'انتهى الحدث {id} هكذا: {state}.',
  'explain.open': 'لم ينتهِ الحدث {id} بعد: {state}.',
  'explain.feature': 'ما يخصّه: {feature}.',
  'explain.rule': 'حكمت بذلك القاعدة {rule}، وقد وضعها {author}.',
  'explain.rule-since': 'وقد غُيّرت بعد ذلك.',
  'explain.rule-says': 'وهي تقول: `{line}`',
  'explain.past-removed': 'حكمت بذلك القاعدة {rule}. أزالها {author} {when}.',
  'explain.door':
    'حكم بذلك {name}. لا قاعدة سارية بهذا الاسم: هو إما ما يقرر من يصل إلى من، أو قاعدة كانت في ملف الإعدادات حينها.',
  'explain.now': 'بحسب القواعد الآن، هذا ما يكون مما فيه:',
  'explain.not-kept': 'ما كان فيه لم يعد محفوظًا، أو ليس من محادثة، فلا يمكن سؤال القواعد مرة أخرى.',
  'explain.no-rules': 'لا توجد قاعدة بشأنه.',
  'explain.person': 'بين {user} و{person} على {network}:',
  'explain.to-matrix': 'ما يرسله {person} إلى {user}:',
  'explain.to-network': 'ما يرسله {user} إلى {person}:',
  'explain.limits': 'القواعد التي تخص الحجم والنوع والعدد لا تظهر إلا مع حدث تخصّه.',
  'explain.stopped': 'ما أُوقف مؤخرًا:',
};
