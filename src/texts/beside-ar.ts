import type { besideEn } from './beside-en.ts';
import type { Catalogue } from './catalogue.ts';

/** Arabic: calls, messages that disappear, and the encryption identities of people. */
export const besideAr: Pick<Catalogue, keyof typeof besideEn> = {
  'reason.no-calls':
    'لا تمر المكالمات عبر الجسر. يُرجى الكتابة أو الاتصال بطريقة أخرى؛ وربما أُخبر الطرف الآخر بأنك حاولت.',
  'rules.instead.sign': 'أُخبر الطرف الآخر برسالة أنك اتصلت.',
  'rules.instead.told': 'أُسقطت المدة: تبقى الرسالة لدى الطرف الآخر.',

  'call.tried': 'حاول {name} الاتصال بك على {platform}. لا تمر المكالمات عبر الجسر.',
  'call.tried-video': 'حاول {name} الاتصال بك بالفيديو على {platform}. لا تمر المكالمات عبر الجسر.',
  'call.tried-group': 'حاول {name} الاتصال بالمجموعة {group} على {platform}. لا تمر المكالمات عبر الجسر.',

  'timer.set':
    'ضبط {name} الرسائل في محادثتكما على {platform} لتختفي بعد {time}. ويسري ذلك على رسائلك وعلى ما تراه هنا.',
  'timer.set-read':
    'ضبط {name} الرسائل في محادثتكما على {platform} لتختفي بعد قراءتها بمدة: {time}. ويسري ذلك على رسائلك وعلى ما تراه هنا.',
  'timer.off': 'ضبط {name} الرسائل في محادثتكما على {platform} لتبقى.',
  'timer.told': 'ضبط {name} الرسائل في محادثتكما على {platform} لتختفي هناك بعد {time}. أما هنا فتبقى.',

  'identity.changed':
    'تغيّر رقم الأمان الخاص بـ {name} على {network} وصار {number}. ربما صار لديه جهاز جديد، وربما يكتب غيره باسمه. قارن الرقم معه بطريقة أخرى ثم اكتب `confirm {network} {remote} {number}`.',

  'person.gone':
    'لم يعد {name} موجودًا على {platform}: حُذف الحساب أو لم يُستخدم منذ مدة طويلة. ما تكتبه في محادثتك معه لا يصل إلى أحد.',

  'help.confirm': 'يعرض أصحاب أرقام الأمان التي تغيّرت، أو يؤكد أن الرقم لصاحبه.',
  'usage.confirm': 'confirm [network] [address] [number]',
  'confirm.none': 'لم يتغيّر أي رقم أمان لم تؤكده.',
  'confirm.list': 'تغيّرت أرقام الأمان هذه ولم تؤكدها:',
  'confirm.whose': 'صاحب الرقم',
  'confirm.network': 'الشبكة',
  'confirm.number': 'الرقم',
  'confirm.unknown': 'لا يُعرف رقم أمان لـ {remote} على {network}.',
  'confirm.is-unchanged': 'رقم الأمان الخاص بـ {remote} على {network} هو {number} كما كان.',
  'confirm.is-verified': 'رقم الأمان الخاص بـ {remote} على {network} هو {number}. وقد أكدته.',
  'confirm.is-changed':
    'رقم الأمان الخاص بـ {remote} على {network} هو {number}، وكان {previous} من قبل. قارنه معه بطريقة أخرى ثم اكتب `confirm {network} {remote} {number}`.',
  'confirm.done': 'أُكّد رقم الأمان الخاص بـ {remote} على {network}.',
  'confirm.other': 'ليس هذا رقم الأمان الخاص بـ {remote} على {network}: بل هو {number}. ولم يؤكَّد شيء.',
};
