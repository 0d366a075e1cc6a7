import { groupCases } from '../conformance/group-cases.ts';
import { makeLoopbackGroupRig } from '../conformance/loopback-group.ts';

for (const version of ['11', '12']) {
  groupCases(`loopback, room version ${version}`, () => makeLoopbackGroupRig(version));
}
