import type { Catalogue } from './catalogue.ts';
import type { requestsEn } from './requests-en.ts';

const how =
  'تفاعل بـ ✅ للقبول أو ❌ للرفض أو 🚫 للحظر أو 👁 لعرض ما كتبه، أو اكتب `accept {number}` أو `decline {number}` أو `requests show {number}`.';

const full =
  'ويُستخدم {percent} % مما يجوز أن ينتظر: ما يرسله الغرباء بعد ذلك يُحذف. انظر من أي خوادم يأتون واحظرها بالأمر `ban`، أو ارفع `requests.max_overall` و`requests.max_size`';

/** Arabic: message requests. */
export const requestsAr: Pick<Catalogue, keyof typeof requestsEn> = {
  'help.requests': 'يعرض من يريد التواصل معك، أو ما كتبه، أو ينسى أنك رفضته.',
  'usage.requests': 'requests [show <number> | block <number> | declined | restore <number>]',
  'help.accept': 'يقبل من يريد التواصل معك.',
  'usage.accept': 'accept <number>',
  'help.decline': 'يرفض من يريد التواصل معك دون إبلاغه.',
  'usage.decline': 'decline <number>',

  'requests.trust.verified': 'هويته مؤكدة',
  'requests.trust.unverified': 'هويته غير مؤكدة',
  'requests.who': '{name} ({address})',
  'requests.open': {
    by: 'count',
    forms: {
      zero: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). لا رسائل تنتظر. ${how}`,
      one: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). تنتظر رسالة واحدة. ${how}`,
      two: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). تنتظر رسالتان. ${how}`,
      few: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). تنتظر {count} رسائل. ${how}`,
      many: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). تنتظر {count} رسالة. ${how}`,
      other: `الطلب {number}: يريد {who} التواصل معك عبر {network} ({trust}). تنتظر {count} رسالة. ${how}`,
    },
  },
  'requests.open-group':
    'الطلب {number}: يدعوك {who} إلى المجموعة {group} عبر {network} ({trust}). تفاعل بـ ✅ للقبول أو ❌ للرفض أو 🚫 للحظر، أو اكتب `accept {number}` أو `decline {number}`.',
  'requests.open-group-unnamed':
    'الطلب {number}: يدعوك أحدهم إلى المجموعة {group} عبر {network}، ولا تذكر المجموعة من هو. تفاعل بـ ✅ للقبول أو ❌ للرفض أو 🚫 للحظر، أو اكتب `accept {number}` أو `decline {number}`.',
  'requests.dropped': {
    by: 'count',
    forms: {
      zero: 'لم يُحذف شيء.',
      one: 'حُذفت رسالة أخرى لأن الرسائل المنتظرة كثيرة.',
      two: 'حُذفت رسالتان أخريان لأن الرسائل المنتظرة كثيرة.',
      few: 'حُذفت {count} رسائل أخرى لأن الرسائل المنتظرة كثيرة.',
      many: 'حُذفت {count} رسالة أخرى لأن الرسائل المنتظرة كثيرة.',
      other: 'حُذفت {count} رسالة أخرى لأن الرسائل المنتظرة كثيرة.',
    },
  },
  'requests.accepted': 'الطلب {number}: قبلت {who} عبر {network}.',
  'requests.declined':
    'الطلب {number}: رفضت {who} عبر {network}. لن يُبلَّغ بذلك؛ الأمر `requests restore {number}` يتيح له الطلب مرة أخرى.',
  'requests.blocked': 'الطلب {number}: حظرت {who} عبر {network}.',
  'requests.expired': 'لم يُجب أحد عن الطلب {number} من {who} عبر {network}، وحُذف ما كان ينتظر.',
  'requests.crowd': {
    by: 'count',
    forms: {
      zero: 'لا طلبات أخرى تنتظر، من {from}. الأمر `requests` يعرضها.',
      one: 'ينتظر طلب آخر، من {from}. الأمر `requests` يعرضه.',
      two: 'ينتظر طلبان آخران، من {from}. الأمر `requests` يعرضهما.',
      few: 'تنتظر {count} طلبات أخرى، معظمها من {from}. الأمر `requests` يعرضها.',
      many: 'ينتظر {count} طلبًا آخر، معظمها من {from}. الأمر `requests` يعرضها.',
      other: 'ينتظر {count} طلب آخر، معظمها من {from}. الأمر `requests` يعرضها.',
    },
  },
  'requests.crowd-over': 'انتهت الطلبات التي ذُكرت هنا.',
  'requests.server': '{server} ({count})',

  'status.requests': {
    by: 'count',
    forms: {
      zero: 'لا أحد ينتظر جوابك.',
      one: 'شخص واحد ينتظر جوابك. الأمر `requests` يعرضه.',
      two: 'شخصان ينتظران جوابك. الأمر `requests` يعرضهما.',
      few: '{count} أشخاص ينتظرون جوابك. الأمر `requests` يعرضهم.',
      many: '{count} شخصًا ينتظرون جوابك. الأمر `requests` يعرضهم.',
      other: '{count} شخص ينتظرون جوابك. الأمر `requests` يعرضهم.',
    },
  },
  'doctor.check.requests': 'طلبات المراسلة',
  'doctor.requests.none': 'لا أحد ينتظر',
  'doctor.requests.some': {
    by: 'count',
    forms: {
      zero: 'لا أحد ينتظر',
      one: 'طلب واحد ينتظر',
      two: 'طلبان ينتظران',
      few: '{count} طلبات تنتظر',
      many: '{count} طلبًا ينتظر',
      other: '{count} طلب ينتظر',
    },
  },
  'doctor.requests.full': {
    by: 'count',
    forms: {
      zero: `لا طلبات تنتظر، ${full}`,
      one: `طلب واحد ينتظر، ${full}`,
      two: `طلبان ينتظران، ${full}`,
      few: `{count} طلبات تنتظر، ${full}`,
      many: `{count} طلبًا ينتظر، ${full}`,
      other: `{count} طلب ينتظر، ${full}`,
    },
  },

  'requests.space': 'طلبات المراسلة',
  'requests.room-over': 'انتهى هذا الطلب.',

  'requests.none': 'لا أحد ينتظر جوابك.',
  'requests.none-declined': 'لم ترفض أحدًا ولم تحظره.',
  'requests.head': 'هؤلاء يريدون التواصل معك. أجب بالأمر `accept <number>` أو `decline <number>`:',
  'requests.head-declined':
    'رفضت هؤلاء أو حظرتهم. الأمر `requests restore <number>` يتيح لهم الطلب مرة أخرى:',
  'requests.more': 'هناك المزيد؛ أجب عن بعض هذه أولًا.',
  'requests.number': 'الرقم',
  'requests.waiting': 'الرسائل',
  'requests.invites': 'يدعو إلى {group}',
  'requests.unknown': 'ليس لديك طلب رقمه {number}. الأمر `requests` يعرض الطلبات.',
  'requests.over': 'سبقت الإجابة عن الطلب {number} أو انتهى.',
  'requests.restored': 'يستطيع {who} أن يطلب التواصل معك مرة أخرى.',
  'requests.failed': 'لم ينجح ذلك. {reason}',
  'requests.shown': 'ما كتبه {who} وينتظر. لن يعلم أنك اطلعت عليه:',
  'requests.shown-none': 'لا شيء ينتظر من الطلب {number}.',
  'requests.shown-more': {
    by: 'count',
    forms: {
      zero: 'لا مزيد.',
      one: 'ورسالة أخرى.',
      two: 'ورسالتان أخريان.',
      few: 'و{count} رسائل أخرى.',
      many: 'و{count} رسالة أخرى.',
      other: 'و{count} رسالة أخرى.',
    },
  },
  'requests.said-media': '(ملف: {kind}، {name})',
  'requests.said-media-sized': '(ملف: {kind}، {name}، {size})',
  'requests.said-other': '(شيء غير رسالة)',
  'requests.unanswered':
    'لم يجب {name} بعد. هذه الشبكة لا تسمح بمزيد من الرسائل قبل ذلك، لذلك لم تصل رسالتك.',
};
