import { historyCases } from '../conformance/history-cases.ts';
import { makeLoopbackGroupRig } from '../conformance/loopback-group.ts';
import { makeXmppGroupRig } from '../conformance/xmpp-group.ts';

historyCases('loopback', () => makeLoopbackGroupRig('12'));
historyCases('xmpp', () => makeXmppGroupRig('11'));
