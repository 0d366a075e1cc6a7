import fc from 'fast-check';
import { body, maybe, mostly, nearlyAlways, someId, users } from './hostile-values.ts';

const relation = fc.record({
  rel_type: maybe(
    fc.constantFrom('m.replace', 'm.annotation', 'm.thread', 'm.reference', 'm.reference', '__proto__'),
  ),
  event_id: mostly(fc.oneof(fc.constant('$a'), someId)),
  key: mostly(fc.oneof(fc.constantFrom('👍', 'mxc://hs/a', '', 'x'.repeat(300)), fc.string())),
  is_falling_back: maybe(fc.boolean()),
  'm.in_reply_to': maybe(fc.record({ event_id: mostly(fc.constant('$a')) })),
});
const list = (of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  nearlyAlways(fc.array(nearlyAlways(of), { maxLength: 6 }));
const text = fc.oneof({ weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) }, body);
const picture = {
  mimetype: mostly(fc.constantFrom('image/png', 'a/b;c=d', '\n/x', 'text/vcard', 'audio/ogg')),
  size: mostly(fc.double()),
  w: mostly(fc.integer()),
  h: mostly(fc.double()),
};
const mxc = fc.constant('mxc://hs/abc');
const url = mostly(
  fc.oneof({ weight: 4, arbitrary: mxc }, fc.constantFrom('mxc://', 'https://example.org', 'mxc://hs/../x')),
);
const info = fc.record({
  ...picture,
  duration: mostly(fc.integer()),
  thumbnail_url: maybe(url),
  thumbnail_info: maybe(fc.record(picture)),
  'xyz.amorgan.blurhash': maybe(fc.constantFrom('LEHV6nWB2y', '<script>', 'x'.repeat(1000))),
});
const files = {
  filename: maybe(fc.constantFrom('cat.png', '../x', '', '\u202egnp.exe')),
  url,
  file: maybe(fc.constant({})),
  info: mostly(info),
};
const words = {
  body: mostly(body),
  format: mostly(fc.constantFrom('org.matrix.custom.html', 'text/html')),
  formatted_body: maybe(
    fc.oneof(
      fc.string(),
      fc.constantFrom('<b>', '<mx-reply>x', '<script>', '<p><img src=x>'),
      fc
        .constantFrom(...users)
        .map((user) => `<a href="https://matrix.to/#/${user}">x</a>${'<b>'.repeat(150)}`),
      fc.constantFrom('<a href="https://matrix.to/#/%ZZ">', '<span data-mx-spoiler="<>">x</span>'),
    ),
  ),
};
const mentions = fc.record({
  user_ids: mostly(fc.array(mostly(fc.constantFrom(...users)), { maxLength: 5 })),
  room: maybe(fc.boolean()),
});
const message = {
  msgtype: mostly(
    fc.constantFrom(
      ...['m.text', 'm.emote', 'm.notice', 'm.image', 'm.file', 'm.video', 'm.audio', 'm.location'],
      ...['m.key.verification.request', 'toString'],
    ),
  ),
  ...words,
  ...files,
};

const waveform = fc.oneof(
  fc.array(fc.integer(), { maxLength: 600 }),
  fc.array(mostly(fc.double()), { maxLength: 5 }),
);
const voice = {
  msgtype: nearlyAlways(fc.constant('m.audio')),
  ...words,
  ...files,
  'org.matrix.msc3245.voice': nearlyAlways(fc.constant({})),
  'org.matrix.msc1767.audio': mostly(
    fc.record({ duration: mostly(fc.double()), waveform: mostly(waveform) }),
  ),
};

const geoUri = fc.oneof(
  fc.constantFrom('geo:1,2', 'geo:52.5,-13.2;u=35', 'geo:91,0', 'geo:', 'geo:1,2;crs=moon'),
  fc.constant(`geo:${'9'.repeat(400)},0`),
  fc.tuple(fc.double(), fc.double()).map(([one, other]) => `geo:${one},${other};u=${other}`),
);
const place = {
  msgtype: nearlyAlways(fc.constant('m.location')),
  ...words,
  geo_uri: mostly(geoUri),
  'org.matrix.msc3488.location': maybe(fc.record({ uri: mostly(geoUri), description: maybe(text) })),
};

const item = fc.record({
  itemtype: nearlyAlways(fc.constantFrom('m.image', 'm.file', 'm.video', 'm.audio')),
  ...files,
  url: nearlyAlways(mxc),
  file: fc.constant(undefined),
  body: mostly(text),
});
const gallery = {
  msgtype: nearlyAlways(fc.constantFrom('dm.filament.gallery', 'm.gallery')),
  ...words,
  itemtypes: list(item),
};

/** What people say, in each form that a message has. */
const saying = fc.oneof(
  { weight: 8, arbitrary: fc.record(message) },
  fc.record(voice),
  fc.record(place),
  fc.record(gallery),
);
const related = fc.record({
  'm.new_content': maybe(saying),
  'm.relates_to': maybe(relation),
  'm.mentions': maybe(mentions),
  redacts: maybe(someId),
});

const block = {
  'm.text': maybe(
    fc.oneof(text, fc.array(fc.record({ body: mostly(text), mimetype: maybe(text) }), { maxLength: 3 })),
  ),
  'org.matrix.msc1767.text': nearlyAlways(text),
};
const start = fc.record({
  question: nearlyAlways(fc.record(block)),
  kind: mostly(fc.constantFrom('m.disclosed', 'org.matrix.msc3381.poll.undisclosed')),
  max_selections: mostly(fc.oneof(fc.integer(), fc.double())),
  answers: list(fc.record({ ...block, id: mostly(text), 'm.id': maybe(text) })),
});
const poll = fc.record({
  'org.matrix.msc3381.poll.start': nearlyAlways(start),
  'm.poll': maybe(start),
  'org.matrix.msc3381.poll.response': mostly(fc.record({ answers: list(text) })),
  'm.selections': maybe(list(text)),
});

function together(one: fc.Arbitrary<object>, other: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc.tuple(one, other).map(([first, second]) => ({ ...first, ...second }));
}

/** The content of a message, a sticker, a reaction, or whatever else relates to something. */
export const hostileMessage = together(saying, related);
/** The content of a poll, of a choice in one, or of its end. */
export const hostilePoll = together(poll, related);
