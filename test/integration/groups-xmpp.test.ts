import { groupCases } from '../conformance/group-cases.ts';
import { makeXmppGroupRig } from '../conformance/xmpp-group.ts';

groupCases('xmpp', () => makeXmppGroupRig('11'));
