import { besideCases } from '../conformance/beside-cases.ts';
import { contentCases } from '../conformance/content-cases.ts';
import { makeLoopbackRig } from '../conformance/loopback-rig.ts';
import { secrecyCases } from '../conformance/secrecy.ts';
import { conformance } from '../conformance/suite.ts';

conformance('loopback', makeLoopbackRig, (stage) => {
  contentCases(stage);
  besideCases(stage);
});
conformance(
  'loopback, in encrypted rooms, at clients that take signed devices only',
  () => makeLoopbackRig({ isolation: 'signed-devices' }),
  contentCases,
  secrecyCases,
);
