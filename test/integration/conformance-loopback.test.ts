import { contentCases } from '../conformance/content-cases.ts';
import { makeLoopbackRig } from '../conformance/loopback-rig.ts';
import { secrecyCases } from '../conformance/secrecy.ts';
import { conformance } from '../conformance/suite.ts';

conformance('loopback', makeLoopbackRig, contentCases);
conformance(
  'loopback, in encrypted rooms, at clients that take signed devices only',
  () => makeLoopbackRig({ isolation: 'signed-devices' }),
  contentCases,
  secrecyCases,
);
