import type { Catalogue } from './catalogue.ts';
import type { policiesEn } from './policies-en.ts';

/** Policy lists of Matrix, and who set what shuts people out. */
export const policiesAr: Pick<Catalogue, keyof typeof policiesEn> = {
  'help.policies': 'يعرض قوائم السياسات في Matrix ويتابعها ويتركها، ويستثني مما تمنعه.',
  'usage.policies':
    'policies | policies follow <room id or alias> [network …] | policies unfollow <number or room> | policies refused [page] | policies allowed [page] | policies allow <user|server|room> <name> [reason] | policies disallow <user|server|room> <name>',

  'policies.none': 'لا تُتابَع أي قائمة سياسات. اكتب `policies follow <room id or alias>` لمتابعة واحدة.',
  'policies.head': {
    by: 'count',
    forms: {
      zero: 'لا تُتابَع أي قائمة سياسات:',
      one: 'تُتابَع قائمة سياسات واحدة:',
      two: 'تُتابَع قائمتا سياسات:',
      few: 'تُتابَع {count} قوائم سياسات:',
      many: 'تُتابَع {count} قائمة سياسات:',
      other: 'تُتابَع {count} قائمة سياسات:',
    },
  },
  'policies.column.list': 'القائمة',
  'policies.column.rules': 'القواعد',
  'policies.column.refused': 'لم تُؤخذ',
  'policies.column.networks': 'الشبكات',
  'policies.column.by': 'يتابعها',
  'policies.column.key': 'مفتاح الحالة',
  'policies.column.why': 'السبب',
  'policies.column.about': 'تخص',
  'policies.all-networks': 'كلها',
  'policies.config': 'الإعدادات',
  'policies.state.read': 'قُرئت {when}',
  'policies.state.never': 'لم تُقرأ بعد',
  'policies.state.shut-out': 'لا يستطيع البوت قراءتها؛ ويسري آخر ما عُرف منها',
  'policies.state.away': 'يتعذّر الوصول إليها الآن؛ ويسري آخر ما عُرف منها',
  'policies.state.too-large': 'أكبر من أن تُقرأ؛ ويسري آخر ما عُرف منها',

  'policies.followed': 'تُتابَع قائمة السياسات {list}: {count} من قواعدها سارية.',
  'policies.known': 'قائمة السياسات {list} متابَعة من قبل.',
  'policies.waiting': 'ستُتابَع قائمة السياسات {list} حالما يستطيع البوت قراءتها. يُرجى دعوة {bot} إلى الغرفة.',
  'policies.own-room': '{list} غرفة من غرف الجسر نفسه. يُرجى استعمال غرفة هي قائمة سياسات.',
  'policies.no-room': '{list} ليس معرّف غرفة ولا اسمًا لها. اكتب اسمًا مثل `#bans:example.org`.',
  'policies.not-found': 'تعذّر دخول {list}: {reason}',
  'policies.unfollowed': 'لم تعد قائمة السياسات {list} متابَعة: لا يسري شيء مما فيها.',
  'policies.configured': 'قائمة السياسات {list} مذكورة في الإعدادات. يُرجى تغييرها هناك.',
  'policies.not-followed': 'لا تُتابَع قائمة سياسات {list}. اكتب `policies` لترى الكل.',
  'policies.refused.none': 'كل قواعد قوائم السياسات سارية.',
  'policies.refused.head': {
    by: 'count',
    forms: {
      zero: 'لم تُترك أي قاعدة من قوائم السياسات:',
      one: 'لم تُؤخذ قاعدة واحدة من قوائم السياسات:',
      two: 'لم تُؤخذ قاعدتان من قوائم السياسات:',
      few: 'لم تُؤخذ {count} قواعد من قوائم السياسات:',
      many: 'لم تُؤخذ {count} قاعدة من قوائم السياسات:',
      other: 'لم تُؤخذ {count} قاعدة من قوائم السياسات:',
    },
  },
  'policies.why.everybody': 'تعني الجميع.',
  'policies.why.own': 'تعني هذا الخادم أو مستخدميه أو البوت.',
  'policies.why.too-many-patterns': 'الأنماط أكثر من الحد.',
  'policies.allowed': 'استُثني {what}: لا تمنعه أي قائمة سياسات.',
  'policies.allowed-known': '{what} مستثنى من قبل.',
  'policies.disallowed': 'لم يعد {what} مستثنى.',
  'policies.not-allowed': '{what} ليس مستثنى. اكتب `policies allowed` لترى كل المستثنى.',
  'policies.allowed.none': 'لا شيء مستثنى من قوائم السياسات.',
  'policies.allowed.head': {
    by: 'count',
    forms: {
      zero: 'لا اسم مستثنى من قوائم السياسات:',
      one: 'اسم واحد مستثنى من قوائم السياسات:',
      two: 'اسمان مستثنيان من قوائم السياسات:',
      few: '{count} أسماء مستثناة من قوائم السياسات:',
      many: '{count} اسمًا مستثنى من قوائم السياسات:',
      other: '{count} اسم مستثنى من قوائم السياسات:',
    },
  },
  'policies.name-bad': 'لا يصلح {name} اسمًا لـ {kind}.',

  'bans.lists-head': {
    by: 'count',
    forms: {
      zero: 'لا تمنع قوائم السياسات شيئًا آخر (يعرضها `policies`):',
      one: 'تمنع قوائم السياسات شيئًا واحدًا آخر (يعرضها `policies`):',
      two: 'تمنع قوائم السياسات شيئين آخرين (يعرضها `policies`):',
      few: 'تمنع قوائم السياسات {count} أشياء أخرى (يعرضها `policies`):',
      many: 'تمنع قوائم السياسات {count} شيئًا آخر (يعرضها `policies`):',
      other: 'تمنع قوائم السياسات {count} شيء آخر (يعرضها `policies`):',
    },
  },
  'unban.exempted':
    'استُثني {what} من قائمة السياسات {list} التي تمنعه (القاعدة {key}، وضعها {sender}). ينهي `{command}` ذلك.',

  'policies.news.shut-out':
    'لم تعد قائمة السياسات {list} تُقرأ: أُخرج البوت من غرفتها أو لا يُسمح له بدخولها. ويسري آخر ما عُرف منها. ادعُ البوت ثانية، أو اكتب `policies unfollow {room}`.',
  'policies.news.too-large': 'قائمة السياسات {list} أكبر من أن تُقرأ. ويسري آخر ما عُرف منها.',
  'policies.news.refused':
    'لم تُؤخذ قواعد من قائمة السياسات {list}: {everybody} تعني الجميع، و{own} تعني هذا الخادم أو مستخدميه أو البوت، و{broken} لا تُفهم، و{many} فوق الحد. يعرضها `policies refused`.',
};
