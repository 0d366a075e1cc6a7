/** Rules that come with the bridge. They stand last in the list, so that any rule for the same network goes before them. */
import type { AuthoredRule, Rule } from './rule.ts';

export const presets = {
  /** Everything that the network carries. */
  default: [],
  /** WhatsApp's third-party chats have no stickers and no disappearing messages. */
  whatsapp: [
    { id: 'whatsapp.stickers', features: ['sticker'], action: 'refuse' },
    { id: 'whatsapp.disappearing', features: ['disappearing'], action: 'refuse' },
  ],
} as const satisfies Readonly<Record<string, readonly Omit<Rule, 'networks'>[]>>;
export type Preset = keyof typeof presets;
export const presetNames = ['default', 'whatsapp'] as const satisfies readonly Preset[];

/** What is used for a network for which the configuration names no preset. */
export function presetFor(network: string): Preset {
  return network === 'whatsapp' ? 'whatsapp' : 'default';
}

/** The rules of a preset, for one network. On another network than the usual one their ids say so. */
export function rulesOf(preset: Preset, network: string): readonly AuthoredRule[] {
  return presets[preset].map((rule) => ({
    rule: {
      ...rule,
      id: network === preset ? rule.id : `${network}.${rule.id}`,
      networks: [network],
    },
    author: { kind: 'preset', preset },
  }));
}
