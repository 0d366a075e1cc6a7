import { contentCases } from '../conformance/content-cases.ts';
import { conformance } from '../conformance/suite.ts';
import { makeXmppRig } from '../conformance/xmpp-rig.ts';

conformance('xmpp', makeXmppRig, contentCases);
