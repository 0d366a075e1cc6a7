import type { Catalogue } from './catalogue.ts';
import type { strictEn } from './strict-en.ts';

/** Arabic: strict mode. */
export const strictAr: Pick<Catalogue, keyof typeof strictEn> = {
  'help.strict': 'لا يسمح بالوصول إليك إلا لمن قبلتهم، أو يعرض هل الأمر كذلك.',
  'usage.strict': 'strict [on|off|unencrypted]',
  'strict.off': 'الوضع الصارم متوقف.',
  'strict.on':
    'الوضع الصارم مفعّل. لا يكتب إليك إلا من قبلتهم: من قبلت طلبه، أو من كتبت إليه، أو من انضممت إلى محادثته. ولا يرى أحد على الشبكات الأخرى هل أنت حاضر أو تكتب أو قرأت. ولا تستمر إلا المحادثات المشفرة من طرف إلى طرف من الجهتين.',
  'strict.unencrypted':
    'الوضع الصارم مفعّل. لا يكتب إليك إلا من قبلتهم: من قبلت طلبه، أو من كتبت إليه، أو من انضممت إلى محادثته. ولا يرى أحد على الشبكات الأخرى هل أنت حاضر أو تكتب أو قرأت. ويجوز أن تكون المحادثات بلا تشفير من طرف إلى طرف.',
  'strict.groups':
    'في المجموعات يظهر ما يقوله الآخرون، دون وسائط وروابط من لم تقبلهم. وإن كان في المجموعة مستخدم آخر للجسر ليس في الوضع الصارم ظهر كل شيء.',
  'strict.nothing-there':
    'لم يعد يمر شيء على {networks}: فلا تشفير من طرف إلى طرف هناك. يسمح `strict unencrypted` بذلك.',
  'failure.strict-encryption':
    'لم تُنقل: فأنت في الوضع الصارم، والمحادثة ليست مشفرة من طرف إلى طرف من الجهتين. يسمح `strict unencrypted` بذلك.',
  'failure.strict-identity':
    'لم تُنقل: فأنت في الوضع الصارم، وقد تغيّر رقم أمان {name}. يعرضه `{command}`، وبعد أن تؤكده أرسلها من جديد.',
  'requests.identity-open': {
    by: 'count',
    forms: {
      zero: 'الطلب {number}: لا تنتظر أي رسالة ({count}) من {who} على {network}، وقد تغيّر رقم الأمان. يعرضه `{command}`.',
      one: 'الطلب {number}: تنتظر رسالة واحدة ({count}) من {who} على {network} لأن رقم الأمان تغيّر. يعرضه `{command}`، وبعد أن تؤكده تصل الرسالة.',
      two: 'الطلب {number}: تنتظر رسالتان ({count}) من {who} على {network} لأن رقم الأمان تغيّر. يعرضه `{command}`، وبعد أن تؤكده تصلان.',
      few: 'الطلب {number}: تنتظر {count} رسائل من {who} على {network} لأن رقم الأمان تغيّر. يعرضه `{command}`، وبعد أن تؤكده تصل الرسائل.',
      many: 'الطلب {number}: تنتظر {count} رسالة من {who} على {network} لأن رقم الأمان تغيّر. يعرضه `{command}`، وبعد أن تؤكده تصل الرسائل.',
      other:
        'الطلب {number}: تنتظر {count} رسالة من {who} على {network} لأن رقم الأمان تغيّر. يعرضه `{command}`، وبعد أن تؤكده تصل الرسائل.',
    },
  },
  'requests.identity-accepted': 'الطلب {number}: وصل ما كتبه {who} على {network}.',
  'requests.identity-declined': 'الطلب {number}: مُحي ما كان ينتظر من {who} على {network}. ولا يُخبَر بذلك.',
  'requests.identity-blocked': 'الطلب {number}: حظرت {who} على {network}.',
  'requests.identity-expired': 'الطلب {number}: لم يُؤكَّد رقم أمان {who} على {network}، ومُحي ما كان ينتظر.',
  'requests.confirm-first': 'الطلب {number} ينتظر رقم أمان لم تؤكده. اكتب `{command}`.',
};
