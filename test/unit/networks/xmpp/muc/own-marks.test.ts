import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import { parse } from 'ltx';
import fc from 'fast-check';
import { OwnMarks } from '../../../../../src/networks/xmpp/muc/own-marks.ts';
import { scrubbed } from '../../../../../src/networks/xmpp/stanza.ts';

const [room, key, older] = ['room@conf.test', new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const said = (body: string, id = 'm1'): Element => scrubbed(xml('message', { id }, xml('body', {}, body)));

describe('marks of the bridge’s own', () => {
  it('are known again after the way through a server, in that room, for those words, under that id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        const stanza = said(body);
        new OwnMarks([key]).mark(stanza, room);
        assert.ok(new OwnMarks([key]).isOurs(parse(stanza.toString()), room));
      }),
    );
    const stanza = said('hello');
    const marks = new OwnMarks([key]);
    marks.mark(stanza, room);
    const mark = stanza.getChild('own');
    assert.ok(mark);
    assert.ok(!marks.isOurs(stanza, 'other@conf.test'));
    for (const forged of [said('other words'), said('hello', 'm2')]) {
      forged.append(mark);
      assert.ok(!marks.isOurs(forged, room));
    }
  });

  it('are known by earlier keys too, and by no others', () => {
    const stanza = said('hello');
    new OwnMarks([older]).mark(stanza, room);
    assert.ok(new OwnMarks([key, older]).isOurs(stanza, room));
    assert.ok(!new OwnMarks([key]).isOurs(stanza, room));
    assert.ok(!new OwnMarks([]).isOurs(stanza, room));
  });

  it('are not there in anything else', () => {
    assert.ok(!new OwnMarks([key]).isOurs(said('x'), room));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (mac) => {
        const stanza = said('x');
        stanza.append(xml('own', { xmlns: 'urn:causeway:own:0', mac }));
        assert.ok(!new OwnMarks([key]).isOurs(stanza, room));
      }),
    );
  });
});
