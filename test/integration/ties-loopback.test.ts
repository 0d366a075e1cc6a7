import { tieCases } from '../conformance/tie-cases.ts';
import { loopbackTieRig } from '../conformance/tie-rig.ts';

for (const version of ['11', '12']) {
  tieCases(`loopback, room version ${version}`, () => loopbackTieRig(version));
}
