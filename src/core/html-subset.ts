/**
 * The subset of HTML that Matrix permits in messages: https://spec.matrix.org/v1.16/client-server-api/#mroommessage-msgtypes
 * (section 11.2.1.8). What is not named here does not exist for the bridge.
 */

const allowedTags = [
  'del',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'p',
  'a',
  'ul',
  'ol',
  'sup',
  'sub',
  'li',
  'b',
  'i',
  'u',
  'strong',
  'em',
  's',
  'code',
  'hr',
  'br',
  'div',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'caption',
  'pre',
  'span',
  'img',
  'details',
  'summary',
] as const;
export type AllowedTag = (typeof allowedTags)[number];

const tagsByName = new Map<string, AllowedTag>([
  ...allowedTags.map((tag): [string, AllowedTag] => [tag, tag]),
  ['strike', 's'],
  ['tt', 'code'],
]);

/** The permitted tag that a name (lower case) stands for; old names are given their present form. */
export function allowedTag(name: string): AllowedTag | undefined {
  return tagsByName.get(name);
}

/** Elements that go with all that is in them; of every other unknown element the content stays. */
export const droppedWhole: ReadonlySet<string> = new Set([
  'mx-reply',
  'script',
  'style',
  'title',
  'textarea',
  'option',
  'noscript',
  'noembed',
  'noframes',
  'xmp',
  'iframe',
  'object',
  'svg',
  'math',
  'template',
]);

/** Elements without content or end tag. */
export const voidTags: ReadonlySet<string> = new Set<AllowedTag>(['br', 'hr', 'img']);

/** Elements that start a block of their own. */
export const blockTags: ReadonlySet<string> = new Set<AllowedTag>([
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'p',
  'ul',
  'ol',
  'li',
  'hr',
  'div',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'caption',
  'pre',
  'details',
  'summary',
]);

/** Elements may nest this deep; deeper ones are taken off their content. */
export const maxDepth = 100;

type Rule = (value: string) => string | undefined;

const colour: Rule = (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value : undefined);
const number: Rule = (value) => (/^\d{1,6}$/.test(value) ? value : undefined);
const text: Rule = (value) => (value.length <= 10_000 ? value : undefined);
const language: Rule = (value) =>
  value.split(/\s+/).find((word) => /^language-[A-Za-z0-9_+#.-]{1,40}$/.test(word));
const contentUri: Rule = (value) =>
  /^mxc:\/\/(?!\.)[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_-]{1,255}$/.test(value) ? value : undefined;

const rules: Partial<Record<AllowedTag, Readonly<Record<string, Rule>>>> = {
  span: {
    'data-mx-bg-color': colour,
    'data-mx-color': colour,
    'data-mx-spoiler': text,
    'data-mx-maths': text,
  },
  div: { 'data-mx-maths': text },
  a: { href: safeLink },
  img: { width: number, height: number, alt: text, title: text, src: contentUri },
  ol: { start: number },
  code: { class: language },
};

/** The value of an attribute as it may stay on an element, or `undefined` where it may not. */
export function allowedAttribute(tag: AllowedTag, name: string, value: string): string | undefined {
  const ofTag = rules[tag];
  const rule = ofTag !== undefined && Object.hasOwn(ofTag, name) ? ofTag[name] : undefined;
  return rule?.(withoutControls(value));
}

/**
 * An absolute link with one of the schemes that Matrix permits, or `undefined`. Line ends and tabs inside are taken out
 * as every URL parser does; a link with any other control character is none.
 */
export function safeLink(link: string): string | undefined {
  const bare = link
    .replace(/[\t\n\r]/g, '')
    .trim()
    .replaceAll(' ', '%20');
  if (bare.length > 8192 || /[\p{Cc}\s]/u.test(bare)) return undefined;
  return /^(?:(?:https?|ftp):\/\/[^/]|mailto:.|magnet:\?)/i.test(bare) ? bare : undefined;
}

/** Text without the control characters that no message needs; line ends become `\n`. */
export function withoutControls(value: string): string {
  return value.replace(/\r\n?/g, '\n').replace(/(?![\t\n])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '');
}
