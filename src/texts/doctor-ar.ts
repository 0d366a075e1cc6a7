import type { doctorEn } from './doctor-en.ts';
import type { Template } from './catalogue.ts';

/** Arabic: the command line, its errors, and the doctor. */
export const doctorAr: Readonly<Record<keyof typeof doctorEn, Template>> = {
  'cli.usage': 'causeway: خدمة تطبيقات Matrix تتيح لمستخدمي الخادم المحادثة مع أشخاص في تطبيقات مراسلة أخرى',
  'cli.help.run': '`causeway [-c config.yaml]` يشغّل الجسر',
  'cli.help.register':
    '`causeway -r -u URL [-c config.yaml] [-f registration.yaml] [--force]` يكتب ملف تسجيل برموز وصول جديدة؛ ويصل الخادم إلى الجسر على العنوان URL',
  'cli.help.doctor': '`causeway doctor [-c config.yaml] [--json]` يفحص كل شيء ويقول ما ينبغي فعله',
  'cli.help.check-config': '`causeway check-config [-c config.yaml]` يفحص الإعدادات ثم ينتهي',
  'cli.help.version': '`causeway --version` يعرض الإصدار',
  'cli.help.help': '`causeway --help` يعرض هذا النص',
  'cli.help.codes':
    'رموز الخروج: 0 انتهاء سليم، 1 فشل فحص أو خطأ في البرنامج، 64 استخدام خاطئ، 69 شيء ضروري غير متاح، 73 تعذّرت كتابة ملف، 75 عملية أخرى تستخدم قاعدة البيانات، 77 رموز الوصول في التسجيل هي رموز العينة، 78 الإعدادات خاطئة',
  'cli.bad-argument': 'المعامل {argument} غير معروف أو تنقصه قيمة. انظر `causeway --help`.',
  'cli.missing-url':
    'لكتابة ملف التسجيل حدّد العنوان الذي يصل الخادم إلى الجسر عليه: `-u http://localhost:29331`',
  'cli.bad-url': '{url} ليس عنوان http أو https.',
  'cli.config-ok': 'الإعدادات في {file} سليمة.',
  'cli.config-wrong': {
    by: 'count',
    forms: {
      zero: 'لا أخطاء في الإعدادات:',
      one: 'في الإعدادات خطأ واحد:',
      two: 'في الإعدادات خطآن:',
      few: 'في الإعدادات {count} أخطاء:',
      many: 'في الإعدادات {count} خطأً:',
      other: 'في الإعدادات {count} خطأ:',
    },
  },
  'cli.stopped-with-error': 'توقف الجسر بسبب خطأ، وهو مذكور في السجل: {code}',
  'cli.database-held': 'قاعدة البيانات تستخدمها عملية أخرى: {holder}. أوقف تلك العملية أولًا.',
  'cli.unavailable': 'شيء يحتاج إليه الجسر غير متاح: {what}',
  'cli.old-node':
    'يحتاج الجسر إلى Node.js {oldest} أو أحدث، وهذا {version}. مع حزمه إصدار مناسب: ضع `node_modules/.bin` من المجلد الذي ثُبّت فيه في أول `PATH`.',

  'config.at': '{place}: {path}',
  'config.env': 'متغير البيئة {name}',
  'config.error': '{where}: الموجود {found}، والمتوقع {expected}',
  'config.unreadable':
    'تتعذّر قراءة {file} ‏({code}). انسخ `config/example.yaml` إليه، أو حدّد ملفًا آخر بالخيار `-c`.',
  'config.syntax': '{where}: هذا ليس YAML صالحًا: {detail}',
  'config.unknown-key': '{where}: لا يوجد إعداد بهذا الاسم',
  'config.unknown-key-near': '{where}: لا يوجد إعداد بهذا الاسم؛ هل تقصد `{near}`؟',
  'config.twice': '{where}: القيمة معطاة مرتين، وأيضًا في {other}؛ أبقِ واحدة منهما',
  'config.secret-unreadable': '{where}: تتعذّر قراءة الملف {file} ‏({code})',
  'config.placeholder': '{where}: هذه لا تزال القيمة النموذجية؛ ضع هنا سرًّا خاصًا بك',
  'config.document': 'المستند',
  'config.unknown-env': 'متغير البيئة {name} لا يقابل أي إعداد، لذلك يُتجاهل.',
  'config.found.nothing': 'لا شيء',
  'config.found.null': 'قيمة فارغة',
  'config.found.text': 'النص {value}',
  'config.found.secret': 'نص لا يُعرض',
  'config.found.number': 'العدد {value}',
  'config.found.boolean': '{value}',
  'config.found.list': 'قائمة',
  'config.found.map': 'جدول مفاتيح وقيم',
  'config.expected.text': 'نص',
  'config.expected.number': 'عدد',
  'config.expected.integer': 'عدد صحيح',
  'config.expected.boolean': '`true` أو `false`',
  'config.expected.map': 'جدول مفاتيح وقيم',
  'config.expected.list': 'قائمة',
  'config.expected.one-of': 'واحد من {values}',
  'config.expected.at-least': '{limit} أو أكثر',
  'config.expected.at-most': '{limit} أو أقل',
  'config.expected.more-than': 'أكثر من {limit}',
  'config.expected.less-than': 'أقل من {limit}',
  'config.expected.longer': 'ما لا يقل طوله عن {limit}',
  'config.expected.shorter': 'ما لا يزيد طوله على {limit}',
  'config.expected.multiple': 'أحد مضاعفات {limit}',
  'config.expected.format': 'نص على هيئة {format}',
  'config.expected.url': 'عنوان مثل `http://localhost:8008`',
  'config.expected.duration': 'مدة مثل `30s` أو `24h` أو `3 days`، أو عدد من أجزاء الألف من الثانية',
  'config.expected.size': 'حجم مثل `50 MiB`، أو عدد من البايتات',
  'config.expected.other': '{detail}',

  'registration.written': 'ملف التسجيل في {file}. الخطوات التالية:',
  'registration.step-homeserver':
    '1. أعطِ هذا الملف للخادم. في Synapse: انسخه إلى حيث يستطيع Synapse قراءته، وأضف مساره تحت `app_service_config_files` في `homeserver.yaml`، ثم أعد تشغيل Synapse.',
  'registration.step-config': '2. اجعل الإعداد `{setting}` في {config} يشير إلى الملف نفسه.',
  'registration.step-doctor': '3. شغّل الجسر، ثم افحص كل شيء بالأمر `causeway doctor -c {config}`.',
  'registration.exists':
    'الملف {file} موجود بالفعل. يُستبدل بالخيار `--force`، وعندها لا تعود رموز الوصول التي فيه صالحة.',
  'registration.not-written': 'تتعذّر كتابة {file} ‏({code}).',
  'registration.placeholder':
    'ملف التسجيل {file} هو العينة: رموز الوصول التي فيه معروفة للجميع. اكتب ملفًا خاصًا بك بالأمر `causeway -r -u {url} -c {config} -f {file} --force`، وأعطه للخادم، ثم ابدأ من جديد.',
  'registration.unreadable':
    'تتعذّر قراءة ملف التسجيل {file} ‏({code}). اكتب ملفًا بالأمر `causeway -r -u {url} -c {config} -f {file}`.',
  'registration.invalid':
    'ملف التسجيل {file} غير مكتمل ({detail}). اكتبه من جديد بالأمر `causeway -r -u {url} -c {config} -f {file} --force`.',

  'doctor.all-well': 'كل شيء على ما يرام.',
  'doctor.not-well': {
    by: 'count',
    forms: {
      zero: 'لم يفشل أي فحص.',
      one: 'فشل فحص واحد.',
      two: 'فشل فحصان.',
      few: 'فشلت {count} فحوص.',
      many: 'فشل {count} فحصًا.',
      other: 'فشل {count} فحص.',
    },
  },
  'doctor.check.homeserver': 'الخادم',
  'doctor.check.as-token': 'رمز وصول الجسر (as_token)',
  'doctor.check.ping': 'الاتصال في الاتجاهين (hs_token)',
  'doctor.check.namespaces': 'نطاقات الأسماء',
  'doctor.check.aliases': 'الأسماء المستعارة للمجموعات',
  'doctor.check.signals': 'الإشارات',
  'doctor.check.device': 'العمل باسم جهاز',
  'doctor.check.media': 'الوسائط',
  'doctor.check.sound': 'الرسائل الصوتية',
  'doctor.check.clock': 'الساعة',
  'doctor.check.database': 'قاعدة البيانات',
  'doctor.check.link': 'الاتصال بشبكة {network}',
  'doctor.skipped': 'لم يُفحص لأن فحصًا سابقًا فشل',
  'doctor.crashed': 'فشل الفحص نفسه ({code})؛ هذا خطأ في الجسر: يُرجى الإبلاغ عنه',
  'doctor.homeserver.ok': 'يُجيب خلال {ms} ملّي ثانية',
  'doctor.homeserver.unreachable':
    '{url} لا يُجيب ({code}). تحقق من `homeserver.url`، ومن أن الخادم يعمل، ومن أن هذا الجهاز يصل إليه.',
  'doctor.homeserver.not-matrix':
    '{url} يُجيب، لكن ليس كخادم Matrix ‏(HTTP {status}). تحقق من `homeserver.url` ومن الوكيل العكسي.',
  'doctor.as-token.ok': 'مقبول باسم {user}',
  'doctor.as-token.unknown':
    'الخادم لا يعرفه. أعطِ الخادم ملف التسجيل الذي يستخدمه هذا الجسر، ثم أعد تشغيل الخادم.',
  'doctor.as-token.other-server':
    'يعود إلى {found}، بينما تقول الإعدادات {expected}. صحّح `homeserver.domain`.',
  'doctor.as-token.failed': 'أجاب الخادم HTTP {status} ‏({code}). انظر في سجله.',
  'doctor.ping.ok': 'ذهابًا وإيابًا خلال {ms} ملّي ثانية',
  'doctor.ping.wrong-token':
    'الجسر لا يقبل hs_token الذي لدى الخادم. أعطِ الخادم ملف التسجيل نفسه الذي لدى الجسر، ثم أعد تشغيله.',
  'doctor.ping.bad-status':
    'شيء آخر يُجيب على عنوان التسجيل (HTTP {status}). تحقق من `url` في ملف التسجيل ومما يستمع هناك.',
  'doctor.ping.connection':
    'لا يستطيع الخادم الاتصال بالعنوان {url}. تحقق من `url` في ملف التسجيل، ومن `appservice.bind`، ومن الجدران النارية، ومن أن الاسم يعني الشيء نفسه من جهة الخادم (الحاويات).',
  'doctor.ping.timeout': 'لم يتلقَّ الخادم جوابًا من {url} في الوقت المحدد. تحقق من الشبكة بينهما.',
  'doctor.ping.no-url':
    'لا يوجد `url` في ملف التسجيل. اكتبه من جديد بالأمر `causeway -r`، ثم أعد تشغيل الخادم.',
  'doctor.ping.wrong-id': 'يعرف الخادم رمز الوصول هذا بمعرّف آخر. أعد تشغيل الخادم بعد تغيير ملف التسجيل.',
  'doctor.ping.old': 'لا يدعم الخادم هذا الفحص (Matrix 1.7). حدّثه؛ فبدونه تصل الأحداث الفائتة متأخرة.',
  'doctor.ping.cannot-listen':
    'الجسر لا يعمل، ولا يمكن الاستماع على عنوانه ({code}). تحقق من `appservice.bind`.',
  'doctor.ping.failed': 'أجاب الخادم HTTP {status} ‏({code}). انظر في سجله.',
  'doctor.namespaces.ok': 'تشمل البوت وأشباح {networks}',
  'doctor.namespaces.missing':
    'ملف التسجيل لا يشمل {missing}. اكتبه من جديد بالأمر `causeway -r`، وأعطه للخادم، ثم أعد تشغيله.',
  'doctor.namespaces.homeserver':
    'ملف التسجيل يشمل {user}، لكن الخادم لا يسمح للجسر بالعمل باسمه ({code}). أعد تشغيل الخادم بملف التسجيل الحالي.',
  'doctor.namespaces.not-exclusive':
    'نطاق {networks} ليس حصريًا، فيمكن لغير الجسر تسجيل مثل هذه الأسماء. اكتب ملف التسجيل من جديد بالأمر `causeway -r`.',
  'doctor.aliases.ok': 'لغرف المجموعات في {networks} أسماء مستعارة، ويمكن البحث عنها',
  'doctor.aliases.missing':
    'ملف التسجيل قديم: لا نطاق فيه للأسماء المستعارة (`namespaces.aliases`)، فليس لغرف المجموعات أسماء مستعارة، ولا يدخل أحد مجموعة بها. كل ما عدا ذلك يعمل. اكتبه من جديد بالأمر `causeway -r`، وأعطه للخادم، ثم أعد تشغيل الخادم والجسر.',
  'doctor.aliases.protocols':
    'لا يذكر ملف التسجيل كل الشبكات تحت `protocols`، فلا يُعثر على الأشخاص والمجموعات في دليل الغرف. اكتبه من جديد بالأمر `causeway -r`، وأعطه للخادم، ثم أعد تشغيله.',
  'doctor.aliases.homeserver':
    'في ملف التسجيل نطاق للأسماء المستعارة، لكن الخادم لا يعرفه. أعد تشغيل الخادم بملف التسجيل الحالي، ثم أعد تشغيل الجسر.',
  'doctor.signals.ok': 'يُطلب من الخادم إرسال مؤشرات الكتابة وإيصالات القراءة والحضور',
  'doctor.signals.not-asked':
    'ملف التسجيل لا يحوي `receive_ephemeral: true`، فلا تعبر مؤشرات الكتابة وإيصالات القراءة وحضور مستخدمي Matrix. اكتبه من جديد بالأمر `causeway -r`، وأعطه للخادم، ثم أعد تشغيله.',
  'doctor.device.ok': 'يعمل',
  'doctor.device.ignored':
    'الخادم يتجاهله، فقد تتكرر الرسائل عند إعادة تشغيله. حدّثه (Matrix 1.17؛ Synapse 1.141 أو أحدث).',
  'doctor.device.failed': 'أجاب الخادم HTTP {status} ‏({code}). حدّثه (Matrix 1.17).',
  'doctor.device.no-bot': 'البوت غير مسجّل بعد؛ شغّل الجسر مرة واحدة.',
  'doctor.media.ok': 'رُفع ملف ونُزّل خلال {ms} ملّي ثانية',
  'doctor.media.upload':
    'فشل الرفع: HTTP {status} ‏({code}). تحقق من إعدادات الوسائط، ومن قرص الخادم، ومن حدود الوكيل العكسي.',
  'doctor.media.download':
    'نجح الرفع ولم ينجح التنزيل: HTTP {status} ‏({code}). الوسائط الموثَّقة (Matrix 1.11) ضرورية: حدّث الخادم، أو اجعل الوكيل العكسي يمرّر `/_matrix/client/v1/media`.',
  'doctor.media.differs': 'ما نُزّل ليس ما رُفع. ابحث عن وكيل أو ذاكرة وسيطة بين الطرفين.',
  'doctor.sound.ok': 'ffmpeg {version}',
  'doctor.sound.none':
    'لا يوجد ffmpeg في `PATH`: الرسائل الصوتية تُرسل كما هي، ولا تستطيع كل البرامج تشغيلها. يُرجى تثبيت ffmpeg ثم إعادة تشغيل الجسر.',
  'doctor.sound.lacks':
    'ffmpeg {version} لا يكتب {lacks}: بعض الرسائل الصوتية تُرسل كما هي. يُرجى تثبيت ffmpeg فيه هذه المرمّزات.',
  'doctor.clock.ok': 'تتفق مع الخادم بفارق {seconds} ث',
  'doctor.clock.off': 'تختلف عن الخادم بمقدار {seconds} ث. اضبط الجهازين على خادم وقت (NTP).',
  'doctor.clock.unknown': 'لا يذكر الخادم الوقت، فتعذّرت المقارنة.',
  'doctor.database.ok': '{engine}، المخطط {version}، يستخدمها {holder}',
  'doctor.database.free': '{engine}، المخطط {version}، غير مستخدمة',
  'doctor.database.new': '{engine}، لا تزال فارغة: تُهيَّأ عند أول تشغيل',
  'doctor.database.newer': 'كتبها إصدار أحدث من الجسر. استخدم ذلك الإصدار أو إصدارًا أحدث منه.',
  'doctor.database.failed':
    'لا يمكن فتحها ({code}). تحقق من إعدادات `storage`، ومن صلاحيات الملف، ومن القرص.',
  'doctor.database.wrong-key': 'كُتبت بمفتاح آخر. أعد المفتاح الذي كُتبت به (`storage`).',
  'doctor.link.up': 'متصلة',
};
