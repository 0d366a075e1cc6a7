import { groupCases } from '../conformance/group-cases.ts';
import { makeLoopbackGroupRig } from '../conformance/loopback-group.ts';
import { secrecyCases } from '../conformance/secrecy.ts';

groupCases('loopback, room version 11', () => makeLoopbackGroupRig('11'));
groupCases(
  'loopback, room version 12, in encrypted rooms, at clients that take signed devices only',
  () => makeLoopbackGroupRig('12', { isolation: 'signed-devices' }),
  secrecyCases,
);
