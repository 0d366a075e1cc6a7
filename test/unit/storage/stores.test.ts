import { after, describe } from 'node:test';
import { backends } from '../../support/storage.ts';
import { besideSuite } from './suites/beside.ts';
import { blocksSuite } from './suites/blocks.ts';
import { erasureSuite } from './suites/erasure.ts';
import { eventsSuite, retentionSuite } from './suites/events.ts';
import { groupsSuite } from './suites/groups.ts';
import { keyWaitsSuite } from './suites/key-waits.ts';
import { loginListsSuite } from './suites/login-lists.ts';
import { messagesSuite } from './suites/messages.ts';
import { openingSuite } from './suites/opening.ts';
import { networkRecordsSuite } from './suites/network-records.ts';
import { peopleSuite } from './suites/people.ts';
import { policyListsSuite } from './suites/policy-lists.ts';
import { portalsSuite } from './suites/portals.ts';
import { puppetSuite } from './suites/puppets.ts';
import { rulesSuite } from './suites/rules.ts';
import { signalSuite } from './suites/signal.ts';
import { requestsSuite } from './suites/requests.ts';
import { spacesSuite } from './suites/spaces.ts';
import { reachSuite } from './suites/reach.ts';
import { tiesSuite } from './suites/ties.ts';

for (const backend of backends()) {
  describe(`the stores on ${backend.name}`, () => {
    after(() => backend.clean());
    eventsSuite(backend);
    retentionSuite(backend);
    keyWaitsSuite(backend);
    messagesSuite(backend);
    portalsSuite(backend);
    groupsSuite(backend);
    erasureSuite(backend);
    puppetSuite(backend);
    spacesSuite(backend);
    requestsSuite(backend);
    tiesSuite(backend);
    reachSuite(backend);
    rulesSuite(backend);
    blocksSuite(backend);
    policyListsSuite(backend);
    loginListsSuite(backend);
    besideSuite(backend);
    signalSuite(backend);
    networkRecordsSuite(backend);
    peopleSuite(backend);
    openingSuite(backend);
  });
}
