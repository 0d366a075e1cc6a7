import { contentCases } from '../conformance/content-cases.ts';
import { makeLoopbackRig } from '../conformance/loopback-rig.ts';
import { conformance } from '../conformance/suite.ts';

conformance('loopback', makeLoopbackRig, contentCases);
