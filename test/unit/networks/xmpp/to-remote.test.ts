import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { noMentions, type Content, type EditEvent, type Target } from '../../../../src/core/event.ts';
import { remoteMessageId } from '../../../../src/core/ids.ts';
import type { Media } from '../../../../src/core/media.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { attribute, messageIdOf, ownText } from '../../../../src/networks/xmpp/stanza.ts';
import {
  renderEdit,
  renderMessage,
  renderReaction,
  renderReceived,
  renderRedaction,
} from '../../../../src/networks/xmpp/to-remote.ts';
import { openContext } from '../../../support/stanzas.ts';
import {
  child,
  context,
  envelope,
  messageOf,
  reread,
  rereadText,
  targetOf,
  textMessage,
  texts,
  url,
  withFiles,
} from '../../../support/written-stanzas.ts';

const cat: Media = {
  ...openContext.media({ url: '', name: 'cat.png', mimetype: 'image/png', size: 5 }),
  width: 3,
};
const catWith = (caption: string | undefined): Content => ({
  kind: 'media',
  media: cat,
  caption: caption === undefined ? undefined : { plain: caption, html: undefined },
});

describe('a message as stanzas', () => {
  it('carries its addresses, its id twice, and asks for a receipt', () => {
    const [stanza] = renderMessage(textMessage({ plain: 'hello', html: undefined }), context);
    assert.equal(
      String(stanza),
      '<message type="chat" from="alice@bridge.example.org" to="bob@example.org" id="cw-1"><body>hello</body>' +
        '<origin-id xmlns="urn:xmpp:sid:0" id="cw-1"/><request xmlns="urn:xmpp:receipts"/></message>',
    );
    assert.ok(stanza !== undefined);
    assert.equal(messageIdOf(stanza), 'cw-1');
  });

  it('says that plain text is not styled where it looks styled', () => {
    const unstyled = (plain: string): boolean =>
      child(
        renderMessage(textMessage({ plain, html: undefined }), context)[0],
        'unstyled',
        namespaces.styling,
      ) !== undefined;
    assert.equal(unstyled('> _ <'), true);
    assert.equal(unstyled('a *b* c'), true);
    assert.equal(unstyled('2 * 3'), false);
  });

  it('does not become an action by chance', () => {
    const [stanza] = renderMessage(textMessage({ plain: '/me too', html: undefined }), context);
    assert.deepEqual(rereadText(stanza), { style: 'normal', plain: ' /me too', html: undefined });
    const [formatted] = renderMessage(textMessage({ plain: '/me too', html: '/me <b>too</b>' }), context);
    assert.equal(rereadText(formatted).style, 'normal');
  });

  it('names the author of what it replies to', () => {
    const ours: Target = { ...targetOf('m0'), author: envelope.sender };
    const [toTheirs] = renderMessage(
      { ...textMessage({ plain: 'a', html: undefined }), replyTo: targetOf('m0') },
      context,
    );
    const [toOurs] = renderMessage(
      { ...textMessage({ plain: 'a', html: undefined }), replyTo: ours },
      { ...context, from: 'alice@bridge.example.org/x' },
    );
    const author = (stanza: Element | undefined): unknown =>
      child(stanza, 'reply', namespaces.reply)?.attrs['to'];
    assert.deepEqual([author(toTheirs), author(toOurs)], ['bob@example.org', 'alice@bridge.example.org']);
    const event = reread(toTheirs);
    assert.ok(event.kind === 'message');
    assert.deepEqual(event.replyTo, { in: 'remote', messageId: 'm0' });
  });

  it('sends a file under its address alone, then its caption', () => {
    const event = messageOf(catWith('a *cat*'), { replyTo: targetOf('m0') });
    const [file, caption, ...more] = renderMessage(event, withFiles(cat));
    assert.deepEqual(more, []);
    assert.equal(file && ownText(file, 'body'), url);
    assert.equal(child(file, 'x', namespaces.oob)?.getChildText('url'), url);
    const read = reread(file);
    assert.ok(read.kind === 'message' && read.content.kind === 'media');
    const { kind, name, mimetype, size, width } = read.content.media;
    assert.deepEqual([kind, name, mimetype, size, width], ['image', 'cat.png', 'image/png', 5, 3]);
    assert.equal(read.content.caption, undefined);
    assert.deepEqual(read.replyTo, { in: 'remote', messageId: 'm0' });
    assert.equal(caption?.attrs['id'], 'cw-1-2');
    assert.deepEqual(rereadText(caption), { style: 'normal', plain: 'a *cat*', html: undefined });
    assert.equal(child(caption, 'reply', namespaces.reply), undefined);
  });
});

describe('edits, reactions, retractions and receipts as stanzas', () => {
  const edit = (target: Target, content: Content): EditEvent => ({
    ...envelope,
    kind: 'edit',
    target,
    content,
    mentions: noMentions,
  });
  const text: Content = { kind: 'text', style: 'normal', text: { plain: 'new', html: undefined } };
  const shape = (stanzas: readonly Element[]): unknown =>
    stanzas.map((stanza) => {
      const event = reread(stanza);
      const target = 'target' in event && event.target.in === 'remote' ? event.target.messageId : undefined;
      return [attribute(stanza, 'id'), event.kind, target];
    });

  it('corrects with the full new text, whatever corrections there were before', () => {
    const stanzas = renderEdit(edit(targetOf('m0', 'cw-0'), text), context, texts);
    assert.deepEqual(shape(stanzas), [['cw-1', 'edit', 'm0']]);
    assert.equal(rereadText(stanzas[0]).plain, 'new');
  });

  it('corrects the caption of a file, adds one, and takes one away', () => {
    const unchanged = context;
    const both = targetOf('m0', 'm0-2');
    assert.deepEqual(shape(renderEdit(edit(both, catWith('new')), unchanged, texts)), [
      ['cw-1-2', 'edit', 'm0-2'],
    ]);
    assert.deepEqual(shape(renderEdit(edit(targetOf('m0'), catWith('new')), unchanged, texts)), [
      ['cw-1-2', 'message', undefined],
    ]);
    assert.deepEqual(shape(renderEdit(edit(both, catWith(undefined)), unchanged, texts)), [
      ['cw-1-2', 'redaction', 'm0-2'],
    ]);
    assert.deepEqual(shape(renderEdit(edit(both, text), context, texts)), [
      ['cw-1', 'edit', 'm0'],
      ['cw-1-2', 'redaction', 'm0-2'],
    ]);
    assert.deepEqual(shape(renderEdit(edit(both, catWith('new')), withFiles(cat), texts)), [
      ['cw-1', 'edit', 'm0'],
      ['cw-1-2', 'edit', 'm0-2'],
    ]);
  });

  it('tells the full set of reactions, to be kept in archives', () => {
    const set = (emojis: readonly string[]): Element =>
      renderReaction(
        {
          ...envelope,
          kind: 'reaction',
          target: targetOf('m0'),
          reactions: { emojis, previous: [], previousEvents: new Map() },
        },
        context,
      );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom('👍', '❤️', '🐢', '👩‍👧', '<&>'), { maxLength: 5 }),
        (emojis) => {
          const stanza = set(emojis);
          const event = reread(stanza);
          assert.ok(event.kind === 'reaction');
          assert.deepEqual(event.reactions, { op: 'set', emojis });
          assert.deepEqual(event.target, { in: 'remote', messageId: 'm0' });
          assert.notEqual(child(stanza, 'store', namespaces.hints), undefined);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('retracts every stanza of a message, in both versions of the extension', () => {
    const stanzas = renderRedaction(
      { ...envelope, kind: 'redaction', target: targetOf('m0', 'm0-2', 'correction') },
      context,
      texts,
    );
    assert.deepEqual(shape(stanzas), [
      ['cw-1', 'redaction', 'm0'],
      ['cw-1-2', 'redaction', 'm0-2'],
    ]);
    const [stanza] = stanzas;
    const old = child(stanza, 'apply-to', namespaces.fasten);
    assert.equal(old && attribute(old, 'id'), 'm0');
    assert.notEqual(child(old, 'retract', namespaces.retract0), undefined);
    assert.notEqual(child(stanza, 'store', namespaces.hints), undefined);
    const now = child(stanza, 'retract', namespaces.retract1);
    assert.equal(now && attribute(now, 'id'), 'm0');
  });

  it('says that a message has arrived', () => {
    const event = reread(renderReceived(remoteMessageId('m0'), context));
    assert.ok(event.kind === 'receipt');
    assert.deepEqual(event.target, { in: 'remote', messageId: 'm0' });
  });
});
