import type { Catalogue } from './catalogue.ts';
import type { webDoctorEn } from './web-doctor-en.ts';

/** Arabic: what the doctor says of what networks show to the world. */
export const webDoctorAr: Pick<Catalogue, keyof typeof webDoctorEn> = {
  'doctor.check.public-url': 'العنوان العام لشبكة {network}',
  'doctor.public-url.served': '{url} يؤدي إلى هذا الجسر',
  'doctor.public-url.elsewhere':
    '{url} يجيب بمفاتيح ليست مفاتيح هذا الجسر. تأكد من أنه يؤدي إلى ‎`networks.{network}.listen`‎.',
  'doctor.public-url.other':
    '{url} يجيب بالحالة {status}. اجعل الوكيل العكسي يمرر كل ما يأتيه إلى ‎`networks.{network}.listen`‎.',
  'doctor.public-url.unreachable': '{url} لا يجيب ({code}). تحقق من الاسم والوكيل العكسي والجدار الناري.',
  'doctor.public-url.not-running': 'لا يمكن فحصه إلا والجسر يعمل',

  'doctor.check.certificate': 'شهادة شبكة {network}',
  'doctor.certificate.valid': 'صالحة {days} يوما بعد',
  'doctor.certificate.soon': 'شهادة {url} تنتهي بعد {days} يوما. انظر لماذا لا تُجدَّد.',
  'doctor.certificate.plain': '{url} بلا TLS، وهذا للتجارب فقط',
  'doctor.certificate.refused': 'شهادة {url} لا يقبلها الآخرون ({code}). أصلحها عند الوكيل العكسي.',

  'doctor.check.key-source': 'مفاتيح {name} ({network})',
  'doctor.key-source.keys': 'عدد المفاتيح: {count}',
  'doctor.key-source.none':
    'ليس في {url} مفتاح يمكن استعماله (RSA، RS256)، فلا يُقبل شيء موقَّع هناك. اسأل من يديره.',
  'doctor.key-source.failed':
    'لا يمكن جلب المفاتيح من {url} ({code})، فلا يُقبل شيء موقَّع هناك. تحقق من العنوان، أو اسأل من يديره.',
  'doctor.link.not-running': 'لا يُعرف إلا والجسر يعمل',
};
