// Where hostile messages say that their files lie: nothing may lead out of the configured base.
import { hostedAddress, parseMediaBase, partnerAddress } from '../../src/interop/media/base.ts';
import {
  downloadPath,
  hostedPath,
  parseDownloadPath,
  parseHostedPath,
} from '../../src/interop/media/paths.ts';
import { fileName, parseFileName } from '../../src/interop/media/shelf/file-name.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const found = parseMediaBase('https://media.example/a', { allowPrivate: false, hosts: new Set() });
const words = [
  ...[
    '/',
    '//',
    '.',
    '..',
    '\\',
    '%2e',
    '%2f',
    '%00',
    '?',
    '#',
    '@',
    ':',
    '&',
    '=',
    '~',
    '_',
    '-',
    ' ',
    '\n',
  ],
  ...[
    'a',
    'Z',
    '0',
    '12',
    '65535',
    '65536',
    'x.enc',
    'https://evil.example',
    '127.0.0.1',
    '[::1]',
    '\u{ff0f}',
  ],
  ...['/interop/whatsapp/download/', '/v/t', '/interop', '\ud800', 'é'],
];

export const media: Target = {
  name: 'media',
  attempt: (random) => {
    const text = written(random);
    const outcome = download(text) ?? hosted(text) ?? named(text);
    return outcome ?? 'refused';
  },
};

function written(random: Random): string {
  const start = random.oneOf([
    '',
    '',
    '/v/t',
    '/interop/whatsapp/download/',
    '/interop/whatsapp/download/12/',
  ]);
  const body = Array.from({ length: random.below(8) }, () => random.oneOf(words)).join('');
  return start + body + random.oneOf(['', '/']);
}

function download(text: string): string | undefined {
  const file = parseDownloadPath(text);
  if (file === undefined) return undefined;
  if (downloadPath(file) !== text) throw new Error('another path');
  if (found === undefined) throw new Error('no base');
  const address = partnerAddress(found, file.ref);
  if (address?.href !== `https://media.example/a/${file.ref}`) throw new Error('out of the base');
  return 'a partner’s';
}

function hosted(text: string): string | undefined {
  const ref = parseHostedPath(text);
  if (ref === undefined) return undefined;
  if (hostedPath(ref) !== text) throw new Error('another path');
  if (found === undefined) throw new Error('no base');
  const address = hostedAddress(found, text);
  if (address !== undefined && address.href !== `https://media.example/a${text}`) {
    throw new Error('out of the base');
  }
  return address === undefined ? 'changed by parsing' : 'the gatekeeper’s';
}

function named(text: string): string | undefined {
  const entry = parseFileName(text);
  if (entry === undefined) return undefined;
  if (fileName(entry) !== text) throw new Error('another name');
  return 'a file name';
}
