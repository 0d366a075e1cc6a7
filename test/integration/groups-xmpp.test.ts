import { groupCases } from '../conformance/group-cases.ts';
import { secrecyCases } from '../conformance/secrecy.ts';
import { makeXmppGroupRig } from '../conformance/xmpp-group.ts';

groupCases('xmpp, in encrypted rooms', () => makeXmppGroupRig('11', {}), secrecyCases);
