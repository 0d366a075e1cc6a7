/**
 * All that is taken for true of third-party chats, file by file, with how sure each item is. Whoever has the partner
 * documents goes through docs/profile.md, which is made of this, changes what is wrong, its mark with it, and the version.
 * The types see to it that nothing is exported from those files without a mark here.
 */
import * as client from './client-profile.ts';
import * as features from './features-profile.ts';
import * as host from './host-profile.ts';
import * as identity from './identity-profile.ts';
import { itemsOf, type MarksOf, type ProfileItem } from './mark.ts';
import * as media from './media-profile.ts';
import * as message from './message-profile.ts';
import * as node from './node-profile.ts';
import * as noise from './noise-profile.ts';
import * as session from './session-profile.ts';
import * as signal from './signal-profile.ts';
import * as stanza from './stanza-profile.ts';

/** Rises with each change of what crosses the wire. */
export const profileVersion = 1;

const { featureMarks, featureLevels } = features;
const { signalNumbers, keyType, messageVersion } = signal;
const parts = {
  identity,
  media,
  message,
  node,
  noise,
  session,
  client,
  host,
  stanza,
  features: { featureLevels },
  signal: { keyType, messageVersion, signalNumbers },
};

/** How sure each item is. */
export const profileMarks: { readonly [P in keyof typeof parts]: MarksOf<(typeof parts)[P]> } = {
  identity: {
    enlistmentReasons: 'own',
    identityProfile: {
      ...{ jwksPath: 'O', algorithm: 'O', maxTokenBytes: 'O', claims: 'G' },
      ...{ pushIssuer: 'O', pushPath: 'O', pushStatus: 'G' },
      ...{ tokenLifeMs: 'G', pushTokenLifeMs: 'G', clockSkewMs: 'G', keyLeadMs: 'G' },
    },
    enlistmentProfile: {
      ...{ path: 'O', keyType: 'O', sizes: 'O', server: 'O' },
      ...{
        maxIntegrator: 'P',
        maxUser: 'G',
        maxRequestBytes: 'G',
        maxAnswerBytes: 'G',
        retryAfterField: 'G',
      },
    },
  },
  media: 'own',
  message: 'own',
  node: {
    ...{ singleByteWords: 'P', doubleByteWords: 'P', tags: 'P', deflatedFlag: 'P', packedMax: 'P' },
    ...{ nibbleAlphabet: 'P', hexAlphabet: 'P', packedFiller: 'P', deviceDomains: 'P', pairServers: 'P' },
    // The text form of the first is [O]; that a tag stands for it is [P].
    ...{ interopServer: 'O', fbServer: 'P', nodeLimits: 'G' },
  },
  noise: {
    noiseProfile: {
      ...{ protocolName: 'P', prologue: 'P', prologueName: 'P', frameLengthBytes: 'P', nonceZeros: 'P' },
      ...{ lastCounter: 'P', maxHandshakeFrame: 'G', maxFrame: 'G', root: 'P', maxChain: 'G' },
      ...{ maxToken: 'O', productInterop: 'P', handshakeMessage: 'own', clientHello: 'own' },
      ...{ serverHello: 'own', clientFinish: 'own', certChain: 'own', certificate: 'own' },
      ...{ certificateDetails: 'own', clientPayload: 'own', interopData: 'own' },
    },
  },
  session: { failureReasons: 'G', refusals: 'G', streamErrors: 'P', webSocketPath: 'P' },
  client: {
    clientTimes: { handshake: 'P', answer: 'P', ping: 'P', again: 'G' },
    ...{ closingTimes: 'G', dismissals: 'P', shutOutFor: 'P', longestShutOut: 'G', streamEnds: 'P' },
    ...{ serverPing: 'P', refusals: { unreadable: 'P', notAnswered: 'G' }, mailboxBatch: 'P' },
    ...{ largestBody: 'G', clientLimits: 'G', errorReasons: 'G' },
  },
  host: 'own',
  stanza: {
    stanzaTags: {
      ...{ message: 'O', iq: 'O', ib: 'O', receipt: 'O', ack: 'P', chatstate: 'P', presence: 'P' },
      ...{ notification: 'P', success: 'P', failure: 'P', streamError: 'P', streamEnd: 'P' },
    },
    names: {
      ...{ to: 'O', from: 'O', id: 'O', type: 'O', notify: 'O', time: 'P', participant: 'P', recipient: 'P' },
      ...{ offline: 'P', class: 'P', error: 'P', count: 'P', code: 'P', text: 'P', xmlns: 'P', jid: 'P' },
    },
    iqTypes: 'P',
    messageNames: {
      ...{ body: 'O', sealed: 'P', version: 'P', unavailable: 'P', mediaType: 'P' },
      ...{ decryptFail: 'P', edit: 'P' },
    },
    ...{ sealedVersion: 'P', sealedTypes: 'P', receiptTypes: 'P', receiptNames: 'P', retryVersion: 'P' },
    ...{ keyNames: 'P', keyType: 'P', keySizes: 'P' },
    namespaces: { keys: 'P', ping: 'P', passive: 'P', interop: 'U' },
    ...{ connectionNames: 'P', interopNames: 'U', integratorStates: 'U', identifierTypes: 'U' },
    ...{ blockActions: 'U', lookUpMost: 'U', integratorsMost: 'U', deletionName: 'G', ibNames: 'P' },
    ...{ chatstateNames: 'P', presenceTypes: 'P', presenceNames: 'P', notificationNames: 'P' },
    ...{ endNames: 'P', stanzaLimits: 'G' },
  },
  features: { featureLevels: featureMarks },
  signal: 'own',
};

/** Every item, by file. */
export function profileItems(): readonly ProfileItem[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    itemsOf(name, part, Object.entries(profileMarks).find(([of]) => of === name)?.[1]),
  );
}
