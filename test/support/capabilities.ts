import { features, type Capabilities, type Feature, type Level } from '../../src/core/network.ts';

/** Of a network that carries everything in full, but for some features. */
export function capabilitiesWithout(lacks: readonly Feature[], unansweredMessages?: number): Capabilities {
  const levels = features.map((name): [Feature, Level] => [name, lacks.includes(name) ? 'none' : 'full']);
  return {
    features: Object.fromEntries(levels) as Record<Feature, Level>,
    maxTextBytes: 65_536,
    late: 'mark',
    maxMediaBytes: 1_000_000,
    ...(unansweredMessages === undefined ? {} : { unansweredMessages }),
  };
}
