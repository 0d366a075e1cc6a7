import { besideAr } from './beside-ar.ts';
import { blocksAr } from './blocks-ar.ts';
import type { Catalogue } from './catalogue.ts';
import { doctorAr } from './doctor-ar.ts';
import { keysAr } from './keys-ar.ts';
import { operationAr } from './operation-ar.ts';
import { openingAr } from './opening-ar.ts';
import { placesAr } from './places-ar.ts';
import { policiesAr } from './policies-ar.ts';
import { puppetAr } from './puppet-ar.ts';
import { reachAr } from './reach-ar.ts';
import { strictAr } from './strict-ar.ts';
import { requestsAr } from './requests-ar.ts';
import { roomsAr } from './rooms-ar.ts';
import { rulebookAr } from './rulebook-ar.ts';
import { rulesAr } from './rules-ar.ts';
import { tiesAr } from './ties-ar.ts';
import { webDoctorAr } from './web-doctor-ar.ts';
import { whatsappAr } from './whatsapp-ar.ts';

/** Arabic. What is foreign to the sentence (addresses, commands) is isolated when it is rendered. */
export const ar: Catalogue = {
  ...doctorAr,
  ...operationAr,
  ...openingAr,
  ...keysAr,
  ...webDoctorAr,
  ...puppetAr,
  ...placesAr,
  ...roomsAr,
  ...reachAr,
  ...strictAr,
  ...requestsAr,
  ...tiesAr,
  ...rulesAr,
  ...rulebookAr,
  ...besideAr,
  ...blocksAr,
  ...policiesAr,
  ...whatsappAr,
  'language.name': 'العربية',

  'reason.broken-event': 'الرسالة تالفة ولا يمكن قراءتها. يُرجى إرسالها مرة أخرى.',
  'reason.duplicate-chat': 'لديك محادثة مع هذا الشخص بالفعل. يُرجى المتابعة في تلك الغرفة.',
  'reason.expired': 'تعذّر التسليم في الوقت المحدد وأُلغيت المحاولة. يُرجى الإرسال مرة أخرى.',
  'reason.forbidden': 'الخادم لا يسمح بذلك. يُرجى سؤال المسؤول.',
  'reason.internal': 'حدث خطأ في الجسر. يمكن للمسؤول أن يجده في السجل.',
  'reason.link-down': 'الاتصال بالشبكة الأخرى مقطوع حاليًا. إن لم يتغيّر شيء فيُرجى المحاولة لاحقًا.',
  'reason.media-gone': 'لم يعد الملف في مكانه. يُرجى إرساله مرة أخرى.',
  'reason.media-type-mismatch':
    'محتوى الملف لا يطابق نوعه المعلن، لذلك لم يُمرَّر. يُرجى إرساله بصيغته الحقيقية.',
  'reason.media-unavailable': 'يتعذّر جلب الملف حاليًا. إن لم يتغيّر شيء فيُرجى المحاولة لاحقًا.',
  'reason.network-refused': 'رفضت الشبكة الأخرى ذلك. يُرجى التحقق من العنوان ثم المحاولة مرة أخرى.',
  'reason.no-encryption': 'الغرفة مشفّرة ولا يستطيع الجسر قراءتها. يُرجى استخدام غرفة بلا تشفير.',
  'reason.no-handler': 'لا توجد في الشبكة الأخرى طريقة لعرض هذا.',
  'reason.wrong-password':
    'للمجموعة كلمة سر، ولم تُعطَ أو أُعطيت خطأ. يُرجى إرسال `join <network> <address> <password>`.',
  'reason.no-moderation':
    'لا تتيح هذه المجموعة سحب ما كتبه الآخرون. حُذفت الرسالة في ماتركس، وبقيت عند الطرف الآخر.',
  'reason.no-portal': 'هذه الغرفة غير متصلة بمحادثة في شبكة أخرى. يمكنك فتح محادثة بالأمر `start`.',
  'reason.no-replacement': 'لا يستطيع الجسر دخول الغرفة الجديدة. ادعُ البوت إليها لتستمر المحادثة فيها.',
  'reason.no-such-group': 'لا توجد مجموعة بهذا العنوان. يُرجى التحقق من كتابته.',
  'reason.no-such-user': 'لا يوجد أحد بهذا العنوان. يُرجى التحقق من كتابته.',
  'reason.not-carried': 'الأشياء من هذا النوع لا تعبر الجسر.',
  'reason.not-editable': 'لا يمكن تغيير شيء من هذا النوع عند الطرف الآخر. يُرجى إرساله من جديد.',
  'reason.not-encrypted':
    'هذه الغرفة غير مشفّرة، وهذا الجسر لا ينقل إلا المشفّر. يُرجى تفعيل التشفير في الغرفة ثم الإرسال من جديد.',
  'reason.not-permitted': 'ليس مسموحًا لك بذلك. يُرجى سؤال المسؤول.',
  'reason.nothing-to-do': 'لم يكن هناك ما يجب فعله.',
  'reason.own-echo': 'الجسر نفسه هو من أرسل هذا.',
  'reason.portal-closed': 'انتهت هذه المحادثة. يمكنك فتحها من جديد بالأمر `start`.',
  'reason.portal-opened': 'فُتحت المحادثة.',
  'reason.command-done': 'نُفّذ الأمر.',
  'reason.rate-limited': 'الطلبات كثيرة جدًا في وقت واحد. إن لم يتغيّر شيء فيُرجى المحاولة لاحقًا.',
  'reason.rule': 'هناك قاعدة تمنع مرور هذا.',
  'reason.timeout': 'لم يُجب الطرف الآخر في الوقت المحدد. إن لم يتغيّر شيء فيُرجى المحاولة لاحقًا.',
  'reason.too-large': 'الملف أكبر من الحد المسموح. يُرجى إرسال ملف أصغر.',
  'reason.too-long': 'النص أطول مما تحمله الشبكة الأخرى. يُرجى إرساله على أجزاء.',
  'reason.unknown-target': 'الرسالة المقصودة غير معروفة لدى الطرف الآخر.',
  'reason.unreachable': 'يتعذّر الوصول إلى الخادم لدى الطرف الآخر. إن لم يتغيّر شيء فيُرجى المحاولة لاحقًا.',
  'reason.user-unavailable': 'يتعذّر الوصول إلى هذا الشخص حاليًا. يُرجى المحاولة لاحقًا.',

  'failure.not-sent': 'لم تُسلَّم رسالتك إلى {name}. {reason}',
  'failure.blocked': 'أوقفت القاعدة {rule} رسالتك إلى {name}.',
  'failure.unsupported': 'لا يمكن عرض رسالتك إلى {name} هناك. {reason}',
  'failure.late': 'سُلّمت متأخرة: أُرسلت الرسالة {when}.',
  'failure.refused': 'لم تُسلَّم رسالتك إلى {user}. {reason}',

  'welcome.management':
    'مرحبًا! أنا الجسر إلى تطبيقات المراسلة الأخرى. اكتب `help` لترى ما يمكنني فعله. For English, write `language en`.',

  'login.code': {
    by: 'minutes',
    forms: {
      zero: 'الرمز الذي يربط به {user} هذا العنوان هو {code}. انتهت مدته. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
      one: 'الرمز الذي يربط به {user} هذا العنوان هو {code}. يسري الرمز مدة دقيقة واحدة. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
      two: 'الرمز الذي يربط به {user} هذا العنوان هو {code}. يسري الرمز مدة دقيقتين. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
      few: 'الرمز الذي يربط به {user} هذا العنوان هو {code}. يسري الرمز مدة {minutes} دقائق. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
      many: 'الرمز الذي يربط به {user} هذا العنوان هو {code}. يسري الرمز مدة {minutes} دقيقة. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
      other:
        'الرمز الذي يربط به {user} هذا العنوان هو {code}. يسري الرمز مدة {minutes} دقيقة. إن لم تكن أنت من طلبه فتجاهل هذه الرسالة ولا تُعطِ الرمز لأحد.',
    },
  },

  'xmpp.no-replies': 'هذا جسر إلى ماتريكس. لا أحد يقرأ ما يُكتب إليه، فاكتب إلى عنوان شخص.',
  'xmpp.no-private':
    'هذا المستخدم في ماتريكس، ولا تصل إليه الرسائل الخاصة في هذه الغرفة لأنها تخفي العناوين. يُرجى الكتابة في الغرفة.',
  'xmpp.poll': '(استطلاع في ماتريكس. لا يمكن التصويت فيه من هنا.)',
  'xmpp.retracted': 'سُحبت هذه الرسالة.',

  'state.up': 'متصلة',
  'state.connecting': 'قيد الاتصال',
  'state.down': 'غير متصلة',
  'event.pending': 'في الطريق',
  'event.held': 'بانتظار قبول المستلم',
  'event.waiting-for-key': 'بانتظار مفتاح',
  'event.sent': 'أُرسل',
  'event.ignored': 'لا شيء لإرساله',
  'event.blocked': 'أوقفته قاعدة',
  'event.unsupported': 'غير ممكن لدى الطرف الآخر',
  'event.failed': 'فشل',

  'column.network': 'الشبكة',
  'column.state': 'الحالة',
  'column.since': 'منذ',
  'column.reason': 'السبب',
  'column.address': 'العنوان',
  'column.user': 'المستخدم',
  'column.language': 'اللغة',
  'column.group': 'المجموعة',
  'column.person': 'الشخص',
  'column.room': 'الغرفة',
  'column.command': 'الأمر',
  'column.what': 'ما يفعله',
  'column.check': 'الفحص',
  'column.finding': 'النتيجة',
  'column.field': 'الحقل',
  'column.value': 'القيمة',
  'value.none': '–',

  'command.unknown': 'لا أعرف الأمر {name}. اكتب `help` لترى ما يمكنني فعله.',
  'command.unknown-near': 'لا أعرف الأمر {name}. هل تقصد `{near}`؟',
  'command.usage': 'يُكتب الأمر هكذا: `{usage}`',
  'command.admin-only': 'الأمر `{name}` متاح لمسؤولي الجسر فقط.',
  'command.failed': 'لم ينجح ذلك بسبب خطأ في الجسر. يُرجى إبلاغ المسؤول.',
  'command.empty': 'اكتب `help` لترى ما يمكنني فعله.',
  'command.no-network': 'لا توجد هنا شبكة باسم {name}. الشبكات الموجودة: {networks}.',
  'command.no-networks': 'لا توجد شبكة متصلة بهذا الجسر.',
  'command.page': 'هناك المزيد: `{next}`',
  'command.nothing-on-page': 'لا يوجد شيء هنا.',

  'help.intro': 'هذا ما يمكنني فعله:',
  'help.admin': 'وللمسؤولين:',
  'help.help': 'يعرض ما يمكنني فعله.',
  'help.link': 'يربط حسابك في شبكة أخرى برمز يُرسَل إليه.',
  'help.unlink': 'يلغي ربط أحد حساباتك.',
  'help.logins': 'يعرض الحسابات التي ربطتها.',
  'help.start': 'يفتح محادثة مع شخص في شبكة أخرى.',
  'help.join': 'يُدخلك مجموعة في شبكة أخرى.',
  'help.create': 'ينشئ مجموعة في شبكة أخرى.',
  'help.leave': 'يُخرجك من مجموعة.',
  'help.status': 'يعرض هل الشبكات متصلة، أو هل المحادثة مشفّرة.',
  'help.version': 'يعرض إصدار الجسر.',
  'help.ping': 'يُجيب لتتأكد من أنني موجود.',
  'help.language': 'يختار اللغة التي أخاطبك بها.',
  'help.users': 'يعرض مستخدمي الجسر.',
  'help.portals': 'يعرض الغرف التي تقابل محادثات في شبكات أخرى.',
  'help.outcome': 'يعرض كيف انتهى حدث ما.',
  'help.retry': 'يعيد محاولة حدث لم يصل.',

  'usage.help': 'help [command]',
  'usage.link': 'link [network] [address or code]',
  'usage.unlink': 'unlink <network> [address]',
  'usage.logins': 'logins',
  'usage.start': 'start <network> <address>',
  'usage.join': 'join <network> <address> [password]',
  'usage.create': 'create <network> <address> [name]',
  'usage.leave': 'leave [number or address]',
  'usage.status': 'status [room]',
  'usage.version': 'version',
  'usage.ping': 'ping',
  'usage.language': 'language <en|ar>',
  'usage.users': 'users [page]',
  'usage.portals': 'portals [page]',
  'usage.outcome': 'outcome <event id>',
  'usage.retry': 'retry <event id>',

  'link.networks': 'يمكنك ربط حساب في هذه الشبكات: {networks}. اكتب مثلًا `{example}`.',
  'link.none': 'لا توجد هنا شبكة تحتاج إلى ربط الحسابات أو تتيحه.',
  'link.not-offered': 'لا يمكن ربط الحسابات في {network}.',
  'link.sent': {
    by: 'minutes',
    forms: {
      zero: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز الآن.',
      one: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز؛ وهو يسري مدة دقيقة واحدة.',
      two: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز؛ وهو يسري مدة دقيقتين.',
      few: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز؛ وهو يسري مدة {minutes} دقائق.',
      many: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز؛ وهو يسري مدة {minutes} دقيقة.',
      other: 'أُرسل رمز إلى {address}. اكتب `{command}` مع الرمز؛ وهو يسري مدة {minutes} دقيقة.',
    },
  },
  'link.wait': 'أُرسل رمز للتو. يُرجى الانتظار دقيقة قبل طلب رمز آخر.',
  'link.done': 'رُبط حسابك {address} في {network}.',
  'link.no-code': 'لا يوجد رمز بانتظار إجابة. اكتب `{command}` للحصول على رمز.',
  'link.expired': 'لم يعد هذا الرمز صالحًا. اكتب `{command}` للحصول على رمز جديد.',
  'link.wrong': {
    by: 'left',
    forms: {
      zero: 'هذا ليس الرمز الصحيح. لم تبقَ لك أي محاولة.',
      one: 'هذا ليس الرمز الصحيح. بقيت لك محاولة واحدة.',
      two: 'هذا ليس الرمز الصحيح. بقيت لك محاولتان.',
      few: 'هذا ليس الرمز الصحيح. بقيت لك {left} محاولات.',
      many: 'هذا ليس الرمز الصحيح. بقيت لك {left} محاولة.',
      other: 'هذا ليس الرمز الصحيح. بقيت لك {left} محاولة.',
    },
  },
  'link.too-many': 'أُدخل رمز غير صحيح مرات كثيرة. اكتب `{command}` للحصول على رمز جديد.',
  'link.failed': 'تعذّر ربط الحساب. {reason}',

  'unlink.done': 'لم يعد حسابك {address} في {network} مربوطًا.',
  'unlink.none': 'ليس لديك حساب مربوط في {network}.',
  'unlink.unknown': 'لم تربط {address} في {network}.',
  'unlink.which': 'لديك عدة حسابات في {network}: {addresses}. حدّد أيها تقصد: `{command}`',

  'logins.none': 'لم تربط أي حساب.',
  'logins.head': {
    by: 'count',
    forms: {
      zero: 'لم تربط أي حساب:',
      one: 'ربطت حسابًا واحدًا:',
      two: 'ربطت حسابين:',
      few: 'ربطت {count} حسابات:',
      many: 'ربطت {count} حسابًا:',
      other: 'ربطت {count} حساب:',
    },
  },

  'start.opened': 'فُتحت المحادثة مع {name}:',
  'start.exists': 'لديك محادثة مع {name} بالفعل:',
  'start.opened.unnamed': 'فُتحت المحادثة:',
  'start.exists.unnamed': 'لديك هذه المحادثة بالفعل:',
  'start.failed': 'تعذّر فتح المحادثة مع {address}. {reason}',

  'group.password-erased':
    'حذفتُ من هذه الغرفة رسالتك التي فيها كلمة السر. قد تبقى نسخ منها لدى خوادم وتطبيقات أخرى.',
  'group.password-not-erased': 'لم أستطع حذف رسالتك التي فيها كلمة السر من هذه الغرفة: يُرجى حذفها.',
  'group.joined': 'أنت الآن في المجموعة {address} باسم {nick}. هذه غرفتها:',
  'group.ruled-out':
    'لم يُسمح لك بدخول المجموعة {address}. القاعدة {rule} لا تسمح بمرور هذا: المحادثات الجماعية. لم يُرسَل شيء.',
  'group.failed': 'تعذّر دخول المجموعة {address}. {reason}',
  'group.none-there': 'لا توجد مثل هذه المجموعات في الشبكة {network}.',
  'leave.which': 'أنت في هذه المجموعات:',
  'leave.none': 'لست في أي مجموعة. يمكنك دخول واحدة بالأمر `join`.',
  'leave.unknown': 'لست في مجموعة {address}. اكتب `leave` لترى مجموعاتك.',
  'leave.done': 'غادرت المجموعة {address}.',
  'leave.failed': 'تعذّرت مغادرة المجموعة {address}. {reason}',

  'status.head': 'شبكات هذا الجسر:',
  'status.waiting': {
    by: 'count',
    forms: {
      zero: 'لا شيء في الطريق، {oldest}.',
      one: 'هناك حدث واحد في الطريق، {oldest}.',
      two: 'هناك حدثان في الطريق، أقدمهما {oldest}.',
      few: 'هناك {count} أحداث في الطريق، أقدمها {oldest}.',
      many: 'هناك {count} حدثًا في الطريق، أقدمها {oldest}.',
      other: 'هناك {count} حدث في الطريق، أقدمها {oldest}.',
    },
  },
  'status.nothing-waiting': 'لا شيء في الانتظار.',

  'version.is': 'Causeway {version} على Node.js {node}',
  'ping.answer': 'أنا هنا.',
  'ping.answer-ms': 'أنا هنا. استغرق وصول رسالتك {ms} ملّي ثانية.',
  'language.now': 'أخاطبك الآن بالعربية.',
  'language.choose': 'يمكنك الاختيار من: {languages}. اكتب مثلًا `language en`.',

  'users.head': 'مستخدمو الجسر:',
  'portals.head': {
    by: 'count',
    forms: {
      zero: 'لا توجد غرف تقابل محادثات في شبكات أخرى.',
      one: 'غرفة واحدة تقابل محادثة في شبكة أخرى.',
      two: 'غرفتان تقابلان محادثتين في شبكات أخرى.',
      few: '{count} غرف تقابل محادثات في شبكات أخرى.',
      many: '{count} غرفة تقابل محادثات في شبكات أخرى.',
      other: '{count} غرفة تقابل محادثات في شبكات أخرى.',
    },
  },

  'outcome.unknown': 'لا يوجد هنا حدث معروف بالمعرّف {id}. ربما نُسي منذ ذلك الحين، أو لم يصل قط.',
  'crypto.no-verification': 'هذا الحساب تابع لجسر، ولا يمكن التحقق منه بمقارنة أي شيء.',
  'outcome.head': 'الحدث {id}:',
  'outcome.source': 'المصدر',
  'outcome.state': 'الحالة',
  'outcome.reason': 'السبب',
  'outcome.rule': 'القاعدة',
  'outcome.attempts': 'المحاولات',
  'outcome.received': 'وقت الاستلام',
  'outcome.ended': 'وقت الانتهاء',
  'outcome.retryable': 'يمكن إعادة المحاولة: `{command}`',
  'retry.started': 'تُعاد الآن محاولة الحدث {id}.',
  'retry.impossible':
    'لا يمكن إعادة محاولة الحدث {id}: فهو لا يزال في الطريق، أو أُرسل بالفعل، أو مُحي محتواه.',
};
