import type { Catalogue } from './catalogue.ts';
import type { puppetEn } from './puppet-en.ts';

/** Arabic: double puppeting. */
export const puppetAr: Pick<Catalogue, keyof typeof puppetEn> = {
  'reason.no-puppet':
    'النيابة المزدوجة متوقفة، لذلك لا يظهر في Matrix ما تكتبه في تطبيق آخر. يخبرك الأمر `puppet` بالمزيد.',
  'reason.other-account': 'لقد كتبت هذا في تطبيق آخر. يُرجى تغييره هناك.',

  'help.puppet': 'يُظهر ما تكتبه في التطبيقات الأخرى على أنه منك في Matrix: تشغيل أو إيقاف أو برمز وصول.',
  'usage.puppet': 'puppet [on|off|access token|xmpp on|xmpp off]',

  'puppet.on-registration':
    'النيابة المزدوجة تعمل: ما تكتبه في التطبيقات الأخرى بحساب مربوط يظهر في Matrix على أنه منك. الأمر `puppet off` ينهي ذلك.',
  'puppet.on-token':
    'النيابة المزدوجة تعمل برمز الوصول الذي أعطيتني إياه. الأمر `puppet off` ينهي ذلك وينسى الرمز.',
  'puppet.off-chosen': 'النيابة المزدوجة متوقفة. الأمر `puppet on` يسمح بها من جديد.',
  'puppet.off-lost':
    'النيابة المزدوجة متوقفة: لم يعد رمز الوصول الذي أعطيتني إياه صالحًا. أعطني رمزًا جديدًا بالأمر `puppet <access token>`.',
  'puppet.off-no-token':
    'النيابة المزدوجة متوقفة. يسمح بها الأمر `puppet <access token>`: سجّل الدخول مرة أخرى بجلسة للجسر وحده، وأعطني رمز وصولها.',
  'puppet.off-not-offered': 'النيابة المزدوجة غير متاحة لك هنا. يُرجى سؤال المسؤول.',
  'puppet.ignores': 'كما أتبع قائمة من تتجاهلهم.',
  'puppet.copies-on':
    'ما تكتبه في Matrix في المحادثات المباشرة مع أشخاص على XMPP يظهر أيضًا في تطبيقات حسابك المربوط على XMPP إن سمح خادمه بذلك. أما ردودهم فتصل إلى Matrix وحده. وما تكتبه في تلك التطبيقات يخرج من ذلك الحساب وبعنوانه هو، لا من هنا. الأمر `puppet xmpp off` ينهي ذلك.',
  'puppet.copies-off': 'ما تكتبه في Matrix لا يظهر في تطبيقات حسابك المربوط على XMPP.',
  'puppet.taken': 'شكرًا. ما تكتبه في التطبيقات الأخرى بحساب مربوط يظهر الآن في Matrix على أنه منك.',
  'puppet.another-user': 'رمز الوصول هذا ليس لك، لذلك لا أحتفظ به.',
  'puppet.no-token': 'لا يعرف الخادم رمز الوصول هذا. يُرجى التحقق من أنك نسخته كاملًا.',
  'puppet.failed': 'تعذّر فحص رمز الوصول، لذلك لا أحتفظ به. {reason}',
  'puppet.erased': 'لقد أزلت رسالتك التي فيها الرمز.',
  'puppet.not-erased': 'لا يُسمح لي بإزالة رسالتك التي فيها الرمز. يُرجى إزالتها بنفسك.',
  'puppet.lost':
    'لم يعد الخادم يقبل رمز الوصول الذي أعطيتني إياه للنيابة المزدوجة. أعطني رمزًا جديدًا بالأمر `puppet <access token>`.',
  'puppet.missed':
    'ما تكتبه على {network} في تطبيق آخر لا يظهر هنا، لأن النيابة المزدوجة متوقفة. يخبرك الأمر `puppet` كيف تُشغَّل. لن أقول هذا إلا مرة واحدة.',

  'cli.help.double-puppet':
    '`causeway -r --double-puppet [-c config.yaml] [-f doublepuppet.yaml] [--force]` يكتب ملف تسجيل ثانيًا يظهر به مستخدمو الخادم بأنفسهم',
  'registration.puppet-bad':
    'لا يمكن استعمال ملف التسجيل الثاني {file} ‏({detail}). اكتب ملفًا بالأمر `causeway -r --double-puppet -c {config} -f {file} --force` وأعطه للخادم.',

  'doctor.check.double-puppet': 'النيابة المزدوجة',
  'doctor.double-puppet.ok': 'يشمل ملف التسجيل الثاني مستخدمي {domain}',
  'doctor.double-puppet.unknown': 'لا يعرف الخادم رمز ملف التسجيل الثاني. أعطه الملف ثم أعد تشغيله.',
  'doctor.double-puppet.not-covered':
    'لا يسمح الخادم لملف التسجيل الثاني بالعمل باسم {user} ‏({code}). يجب أن يكون نطاق المستخدمين فيه `@.*:{domain}`.',
  'doctor.double-puppet.exclusive':
    'نطاق ملف التسجيل الثاني حصري، فلا يستطيع أحد غيره التسجيل. اجعله `exclusive: false`.',
};
