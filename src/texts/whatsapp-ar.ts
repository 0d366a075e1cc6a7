import type { whatsappEn } from './whatsapp-en.ts';

/** Arabic. */
export const whatsappAr: Readonly<Record<keyof typeof whatsappEn, string>> = {
  'whatsapp.enlisted':
    'قُبلت في واتساب: يمكن للناس هناك الوصول إليك عبر {address}. الأمر `start whatsapp <number or username>` يفتح محادثة.',
  'whatsapp.custody-self': 'مفاتيح محادثاتك محفوظة في هذا الجسر، وهو لك: حافظ عليه وعلى نسخه الاحتياطية.',
  'whatsapp.custody-operator':
    'مفاتيح محادثاتك لدى مشغّل هذا الجسر، ويمكنه قراءة ما يمر به. لا يسمح واتساب بذلك دون موافقته، وقد ينهيه.',
  'whatsapp.renewed':
    'كان واتساب قد أزالك، كما يفعل بعد 30 يومًا دون اتصال، ثم قبلك من جديد: يمكن للناس هناك الوصول إليك عبر {address}.',
  'whatsapp.deleted': 'حذف واتساب حسابك هناك، وحُذفت مفاتيح محادثاتك هنا. الأمر `link whatsapp` يبدأ من جديد.',
  'whatsapp.refused.not-yours':
    'لا يقبل واتساب مستخدمي هذا الجسر حاليًا. يجد مديرك السبب في السجل. الأمر `link whatsapp` يحاول مرة أخرى.',
  'whatsapp.refused.blocked': 'لا يسمح لك واتساب بالدخول: أنت أو هذا الجسر محظور هناك.',
  'whatsapp.refused.no-identifier':
    'في معرّف ماتركس الخاص بك رموز لا يمكن أن يحتويها عنوان في واتساب، لذلك لا يمكن قبولك هناك.',
  'whatsapp.refused.later': 'لا يجيب واتساب، أو يطلب الانتظار. ستُعاد المحاولة تلقائيًا، وستُبلَّغ عندما تنجح.',
  'unlink.failed': 'تعذّر إلغاء ربط الحساب. {reason}',
};
