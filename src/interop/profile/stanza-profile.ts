/**
 * The names and numbers of stanzas, as far as no public document of Meta's says so. The public overview v1.0.3 names
 * the stanzas `message`, `iq`, `ib` and `receipt`, and shows `to`, `from`, `id`, `type`, `notify` and `body` [O]. Of
 * the rest, [P] is public knowledge of the ordinary client protocol from open-source clients, [U] was seen in
 * reverse-engineered clients, and [G] is our guess or choice.
 */

/** [O] the first four; [P] the others. */
export const stanzaTags = {
  message: 'message',
  iq: 'iq',
  ib: 'ib',
  receipt: 'receipt',
  ack: 'ack',
  chatstate: 'chatstate',
  presence: 'presence',
  notification: 'notification',
  success: 'success',
  failure: 'failure',
  streamError: 'stream:error',
  streamEnd: 'xmlstreamend',
} as const;

/** [O] the first five; [P] the others: attributes that several stanzas have. */
export const names = {
  to: 'to',
  from: 'from',
  id: 'id',
  type: 'type',
  notify: 'notify',
  time: 't',
  participant: 'participant',
  recipient: 'recipient',
  offline: 'offline',
  class: 'class',
  error: 'error',
  count: 'count',
  code: 'code',
  text: 'text',
  xmlns: 'xmlns',
  jid: 'jid',
} as const;

/** [P] The types of `iq`: two questions and two answers. */
export const iqTypes = { get: 'get', set: 'set', result: 'result', error: 'error' } as const;

/** [P] A message's parts; `body` is [O]. `enc` stands by itself, without a list of participants [U]. */
export const messageNames = {
  body: 'body',
  sealed: 'enc',
  version: 'v',
  unavailable: 'unavailable',
  mediaType: 'mediatype',
  decryptFail: 'decrypt-fail',
  edit: 'edit',
} as const;
export const sealedVersion = '2';
export const sealedTypes = ['pkmsg', 'msg', 'skmsg'] as const;

/** [P] Types of receipts; one without type says delivered. Those of a user's own other devices are left as they are. */
export const receiptTypes = {
  read: 'read',
  played: 'played',
  retry: 'retry',
  serverError: 'server-error',
} as const;
/** [P] More messages of one receipt, and what a retry receipt tells. */
export const receiptNames = { list: 'list', item: 'item', retry: 'retry', keys: 'keys' } as const;
export const retryVersion = '1';

/** [P] Keys, in retry receipts and under the namespace `encrypt`. */
export const keyNames = {
  registration: 'registration',
  type: 'type',
  identity: 'identity',
  list: 'list',
  prekey: 'key',
  signed: 'skey',
  id: 'id',
  value: 'value',
  signature: 'signature',
  user: 'user',
  rotate: 'rotate',
  digest: 'digest',
} as const;
/** [P] The type byte of Curve25519 keys; [O] as `e_keytype` at enlistment. */
export const keyType = 5;
/** [P] Bytes of each. The same sizes are [O] at enlistment. */
export const keySizes = { registration: 4, key: 32, id: 3, signature: 64 } as const;

/** [P] but the last, which is [U]. */
export const namespaces = {
  keys: 'encrypt',
  ping: 'w:p',
  passive: 'passive',
  interop: 'w:interop',
} as const;

/** [P] The liveness check and the switch between taking messages and not. */
export const connectionNames = { ping: 'ping', active: 'active', passive: 'passive' } as const;

/** [U] Under `w:interop`. */
export const interopNames = {
  users: 'users',
  user: 'user',
  externalId: 'external_id',
  normalizedId: 'normalized_external_id',
  integratorId: 'integrator_id',
  integrator: 'integrator',
  integrators: 'integrator_list',
  fetch: 'fetch',
  fetchAll: 'all',
  optIn: 'opt_in_integrators',
  optOut: 'opt_out_integrators',
  name: 'name',
  status: 'status',
  identifierType: 'identifier_type',
  optedIn: 'opted_in',
  features: 'features',
  groups: 'group_messaging',
  reachability: 'reachability_settings',
  enabled: 'enabled',
  blocklist: 'blocklist',
  item: 'item',
  action: 'action',
} as const;
export const integratorStates = ['active', 'onboarding', 'removed'] as const;
export const identifierTypes = ['email', 'pn', 'username'] as const;
export const blockActions = ['block', 'unblock'] as const;
/** [U] Most users of one look-up, most integrators of one list. */
export const lookUpMost = 256;
export const integratorsMost = 999;

/** [G] That the blocklist is asked for as it is set, and how a user asks to be deleted ([O] says only that one does). */
export const deletionName = 'delete_user';

/** [P] What the server tells outside of any chat. */
export const ibNames = {
  offline: 'offline',
  dirty: 'dirty',
  timestamp: 'timestamp',
  preview: 'offline_preview',
  batch: 'offline_batch',
  routing: 'edge_routing',
  routingInfo: 'routing_info',
} as const;

/** [P] Typing; sound that is being recorded is composing with this medium. */
export const chatstateNames = {
  composing: 'composing',
  paused: 'paused',
  media: 'media',
  audio: 'audio',
} as const;

/** [P] */
export const presenceTypes = ['available', 'unavailable', 'subscribe', 'unsubscribe'] as const;
export const presenceNames = { name: 'name', last: 'last' } as const;

/** [P] Notifications about keys: few are left on the server, or a peer's identity is another. */
export const notificationNames = { keys: 'encrypt', value: 'value', identity: 'identity' } as const;

/** [P] Ends of a connection. */
export const endNames = {
  reason: 'reason',
  location: 'location',
  expire: 'expire',
  conflict: 'conflict',
} as const;

/** [G] Bounds of stanzas; no source states any but those above. */
export const stanzaLimits = {
  /** Characters of an id, and of what names a person or a thing. */
  id: 256,
  externalId: 320,
  name: 1024,
  /** Messages of one receipt, items of one blocklist. */
  items: 1024,
  /** Sealed parts of one message. */
  sealed: 8,
  /** Prekeys of one upload: clients send 812 at first and 50 later. */
  prekeys: 1000,
} as const;
