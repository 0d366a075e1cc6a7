/** English: what the doctor says of what networks show to the world. */
export const webDoctorEn = {
  'doctor.check.public-url': 'Public address of {network}',
  'doctor.public-url.served': '{url} leads to this bridge',
  'doctor.public-url.elsewhere':
    '{url} answers with keys that are not those of this bridge. See to it that it leads to `networks.{network}.listen`.',
  'doctor.public-url.other':
    '{url} answers with status {status}. Let the reverse proxy hand on all of it to `networks.{network}.listen`.',
  'doctor.public-url.unreachable':
    '{url} does not answer ({code}). Check the name, the reverse proxy and the firewall.',
  'doctor.public-url.not-running': 'can be checked only while the bridge runs',

  'doctor.check.certificate': 'Certificate of {network}',
  'doctor.certificate.valid': 'good for {days} more days',
  'doctor.certificate.soon': 'the certificate of {url} ends in {days} days. See why it is not renewed.',
  'doctor.certificate.plain': '{url} is without TLS, which is for tests only',
  'doctor.certificate.refused':
    'the certificate of {url} is not one that others take ({code}). Mend it at the reverse proxy.',

  'doctor.check.key-source': 'Keys of {name} ({network})',
  'doctor.key-source.keys': '{count} keys',
  'doctor.key-source.none':
    '{url} has no key that can be used (RSA, RS256), so nothing that is signed there is taken. Ask whoever runs it.',
  'doctor.key-source.failed':
    'the keys at {url} cannot be fetched ({code}), so nothing that is signed there is taken. Check the address, or ask whoever runs it.',
  'doctor.link.not-running': 'can be seen only while the bridge runs',
} as const;
