import { besideCases } from '../conformance/beside-cases.ts';
import { contentCases } from '../conformance/content-cases.ts';
import { secrecyCases } from '../conformance/secrecy.ts';
import { conformance } from '../conformance/suite.ts';
import { makeXmppRig } from '../conformance/xmpp-rig.ts';

// What is said on XMPP does not depend on how the homeserver's side is encrypted, so once is enough.
conformance(
  'xmpp, in encrypted rooms',
  () => makeXmppRig({}),
  (stage) => {
    contentCases(stage);
    besideCases(stage);
  },
  secrecyCases,
);
