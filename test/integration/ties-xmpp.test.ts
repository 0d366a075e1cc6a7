import { tieCases } from '../conformance/tie-cases.ts';
import { xmppTieRig } from '../conformance/tie-rig.ts';

tieCases('xmpp', () => xmppTieRig('11'));
