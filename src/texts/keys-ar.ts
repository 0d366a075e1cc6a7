import type { Catalogue } from './catalogue.ts';
import type { keysEn } from './keys-en.ts';

/** Arabic: encryption, and the commands on it. */
export const keysAr: Pick<Catalogue, keyof typeof keysEn> = {
  'help.devices': 'يعرض مفاتيح حساب من حسابات الجسر، أو يعطيه مفاتيح جديدة.',
  'usage.devices': 'devices [reset] <user ID>',
  'help.discard': 'يجعل ما يأتي بعد ذلك في الغرفة يُشفَّر من جديد.',
  'usage.discard': 'discard <room>',

  'keys.off': 'هذا الجسر لا يشفّر (`encryption.allow`).',
  'keys.not-ours': 'ليس {account} حسابًا لهذا الجسر.',
  'keys.none': 'ليس للحساب {account} مفاتيح بعد. يحصل عليها حين يُحتاج إليه في غرفة مشفّرة.',
  'keys.head': 'أجهزة الحساب {account} ذات المفاتيح:',
  'keys.device': 'الجهاز',
  'keys.fingerprint': 'البصمة',
  'keys.signed': 'موقّع',
  'keys.open': 'في الذاكرة',
  'keys.yes': 'نعم',
  'keys.no': 'لا',
  'keys.reset': 'للحساب {account} الآن جهاز جديد بمفاتيح جديدة، موقّع من حسابه كما كان.',
  'keys.discarded': 'ما يأتي بعد ذلك في {room} يُشفَّر من جديد.',
  'keys.failed': 'لم ينجح ذلك. {reason}',

  'status.no-chat': 'ليست {room} محادثة من محادثاتك.',
  'status.matrix-encrypted': 'في Matrix هذه المحادثة مشفّرة من طرف إلى طرف (Megolm).',
  'status.matrix-plain': 'في Matrix هذه المحادثة غير مشفّرة.',
  'status.far-encrypted': 'في الشبكة {network} هي مشفّرة من طرف إلى طرف.',
  'status.far-plain': 'في الشبكة {network} هي غير مشفّرة من طرف إلى طرف.',
  'status.bridge-reads': 'الجسر يقف بين الطرفين ويقرأ ما ينقله.',

  'doctor.check.keys': 'التشفير',
  'doctor.keys.ok': 'يمكن الكتابة في ملف المفاتيح، وخادم ماتريكس يأخذ مفاتيح {user} ويعطيها',
  'doctor.keys.not-yet':
    'يمكن الكتابة في ملف المفاتيح؛ ليس للحساب {user} مفاتيح على الخادم بعد. يحصل عليها حين يعمل الجسر.',
  'doctor.keys.file':
    'لا يمكن الكتابة في ملف المفاتيح {file} ({code}). تحقق من المجلد وصلاحياته (`encryption.file`).',
  'doctor.keys.query': 'خادم ماتريكس لا يعطي المفاتيح ({status}، {code}). انظر في سجله.',
  'doctor.keys.unsigned':
    'جهاز {user} غير موقّع من حسابه، لذلك تحذّر منه التطبيقات. انظر في سجل الجسر؛ الأمر `devices reset {user}` يعطيه جهازًا جديدًا.',
};
