import type { Catalogue } from './catalogue.ts';
import type { reachEn } from './reach-en.ts';

/** Arabic: on which networks a user can be reached, and how strictly. */
export const reachAr: Pick<Catalogue, keyof typeof reachEn> = {
  'reason.not-enabled': 'لم تفعّل هذه الشبكة. اكتب `enable` لترى الشبكات المتاحة وما اخترته لكل منها.',
  'failure.not-enabled':
    'لم تفعّل {network}، فلا يصل إليها شيء منك ولا يستطيع أحد هناك الوصول إليك. اكتب هنا `enable {network}` أولًا ثم حاول من جديد.',

  'help.enable': 'يجعل الوصول إليك ممكنًا على شبكة أخرى، أو يعرض أين هو ممكن.',
  'usage.enable': 'enable [network]',
  'enable.done': 'صار الوصول إليك على {network} ممكنًا.',
  'enable.already': 'الوصول إليك على {network} ممكن من قبل.',
  'enable.who': 'كل من يعرف عنوانك على {network} يستطيع أن يكتب إليك وأن يدعوك إلى المجموعات.',
  'enable.address': 'عنوانك هناك هو {address}.',
  'enable.reads': 'يقرأ الجسر كل ما يمر: فهو طرف في المحادثة من الجهتين، وينقل ما قرأه.',
  'enable.encrypted': 'من جهة {network} تكون الرسائل مشفرة من طرف إلى طرف حتى الجسر.',
  'enable.plain': 'من جهة {network} ليست الرسائل مشفرة من طرف إلى طرف: فالخوادم هناك تستطيع قراءتها أيضًا.',
  'enable.missing': 'غير ممكن على {network}: {features}.',
  'enable.lesser': 'ممكن على {network} بصورة أبسط فقط: {features}.',
  'enable.ruled': 'تستثنيه القواعد على {network} في أحد الاتجاهين أو كليهما: {features}.',
  'enable.in-space': 'تكون محادثاتك هناك في مساحة خاصة بها. ويضعها `space {network} off` بين سائر المحادثات.',
  'enable.no-space': 'تكون محادثاتك هناك بين سائر المحادثات. ويجمعها `space {network} on` في مساحة.',
  'enable.end': 'ينهي `disable {network}` ذلك في أي وقت. ومع `strict on` لا يكتب إليك إلا من قبلتهم.',
  'enable.disabling': 'ما زال إيقاف {network} لك جاريًا. يُرجى المحاولة بعد دقيقة.',
  'enable.first': 'لم تفعّل {network}. اكتب أولًا `enable {network}`: يبيّن الجواب معنى ذلك.',
  'enable.none': 'لا توجد شبكة يمكنك تفعيلها.',
  'enable.state': 'الحالة',
  'enable.network': 'الشبكة',
  'enable.is-on': 'مفعّلة',
  'enable.is-automatic': 'مفعّلة للجميع',
  'enable.is-off': 'غير مفعّلة',
  'enable.is-disabling': 'يجري إيقافها',
  'enable.is-ineligible': 'ليست متاحة لك',

  'ineligible.excepted': 'لا يمكنك استخدام {network}: فقد استثناك المشرف منها.',
  'ineligible.user': 'لا يمكنك استخدام {network}: فلست بين المستخدمين الذين سمح لهم المشرف بها.',
  'ineligible.group': 'لا يمكنك استخدام {network}: فلست في أي من مجموعات المستخدمين المسموح لها بها.',
  'ineligible.homeserver': 'لا يمكنك استخدام {network}: فهي ليست لمستخدمي خادمك.',
  'ineligible.region': 'لا يمكنك استخدام {network}: فهي ليست لمنطقتك.',
  'ineligible.no-region': 'لا يمكنك استخدام {network}: فهي لبعض المناطق فقط، ومنطقتك غير معروفة.',
  'ineligible.no-number':
    'لا يمكنك استخدام {network} بعد: فهي لبعض البلدان فقط، ويُعرف البلد من رقم هاتف حساب مربوط، ولم تربط حسابًا له رقم.',
  'ineligible.link-first': 'اربط حسابك هناك أولًا: `link {network} <address>`.',
  'barred.now': 'لم يعد أحد على {network} يستطيع الوصول إليك. {why} وتبقى محادثاتك هناك كما هي.',
  'barred.again': 'صار الوصول إليك على {network} ممكنًا من جديد.',
  'ineligible.ask': 'إن كان ذلك خطأ فيُرجى سؤال {admins}.',
  'ineligible.ask-somebody': 'إن كان ذلك خطأ فيُرجى سؤال المشرف.',

  'help.disable': 'يمنع الوصول إليك على شبكة وينهي كل ما لك فيها.',
  'usage.disable': 'disable <network> [yes]',
  'disable.warn':
    'لديك حسابات مربوطة على {network}: {addresses}. سيُلغى هذا الربط وتُغلق محادثاتك مع الناس هناك وتغادر المجموعات هناك. اكتب `disable {network} yes` إن أردت ذلك.',
  'disable.done':
    'لم يعد أحد على {network} يستطيع الوصول إليك. تُغلق محادثاتك هناك وتغادر المجموعات هناك ويُطلب من {network} أن تنساك. ويبقى ما قيل في غرفك.',
  'disable.was-off': 'لا يمكن الوصول إليك على {network}، كما كان من قبل.',

  'help.region': 'يعرض منطقة مستخدم أو يحددها، حيث تكون شبكات لبعض المناطق فقط.',
  'usage.region': 'region <user> [region|none]',
  'region.is': 'منطقة {user} هي {region}.',
  'region.none': 'لم تُحدد منطقة للمستخدم {user}.',
  'region.bad': '{region} ليست منطقة. المنطقة كلمة مثل DE.',
  'region.no-user': '{user} ليس معرّف مستخدم. صورته @user:example.org.',
};
