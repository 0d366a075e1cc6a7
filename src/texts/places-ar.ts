import type { placesEn } from './places-en.ts';
import type { Catalogue } from './catalogue.ts';

/** Arabic: what groups and rooms have beside what is said in them. */
export const placesAr: Pick<Catalogue, keyof typeof placesEn> = {
  'reason.no-archive': 'لا تحتفظ الشبكة بأرشيف يمكنني قراءته.',
  'help.history': 'يجلب آخر رسائل المجموعة التي سبقت دخولك.',
  'usage.history': 'history <how many> [number or address of the group]',
  'history.off': 'لا يُجلب شيء من الأرشيف هنا.',
  'history.most': 'أجلب {most} رسالة على الأكثر.',
  'history.which': 'اذكر المجموعة التي تقصدها. الأمر `leave` يعرض مجموعاتك.',
  'history.unknown': 'لست في مجموعة كهذه. الأمر `leave` يعرض مجموعاتك.',
  'history.failed': 'تعذّر جلب رسائل {address}. {reason}',
  'history.nothing-new': 'ليس في أرشيف {address} شيء غير موجود هنا.',
  'history.coming': {
    by: 'count',
    forms: {
      zero: 'لا رسائل من {address}.',
      one: 'آخر رسالة من {address} في طريقها إلى الغرفة.',
      two: 'آخر رسالتين من {address} في طريقهما إلى الغرفة، إلا ما كان فيها.',
      few: 'آخر {count} رسائل من {address} في طريقها إلى الغرفة، إلا ما كان فيها.',
      many: 'آخر {count} رسالة من {address} في طريقها إلى الغرفة، إلا ما كان فيها.',
      other: 'آخر {count} رسالة من {address} في طريقها إلى الغرفة، إلا ما كان فيها.',
    },
  },
  'history.in': 'كل ما طلبته من رسائل {address} أصبح في الغرفة.',

  'help.space': 'يجمع محادثاتك من كل شبكة في مساحة، أو لا يجمعها.',
  'usage.space': 'space [network] [on|off]',
  'space.on': 'محادثاتك مجموعة في مساحة لكل شبكة. الأمر `space off` يُنهي ذلك.',
  'space.off': 'ليس لديك مساحات مني. الأمر `space on` ينشئها.',
  'space.on-for':
    'محادثاتك على {network} في مساحة خاصة بها. الأمر `space {network} off` يضعها بين سائر المحادثات.',
  'space.off-for':
    'محادثاتك على {network} بين سائر المحادثات. الأمر `space {network} on` يجعل لها مساحة خاصة.',
  'space.not-offered': 'لا أنشئ مساحات هنا.',
  'space.failed': 'حُفظ اختيارك، لكن تعذّر إغلاق مساحاتك. {reason}',
};
