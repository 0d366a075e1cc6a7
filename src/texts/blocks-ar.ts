import type { blocksEn } from './blocks-en.ts';
import type { Catalogue } from './catalogue.ts';

/** Blocking people, and shutting them out for everybody. */
export const blocksAr: Pick<Catalogue, keyof typeof blocksEn> = {
  'reason.you-blocked': 'لقد حظرت هذا الشخص. اكتب `blocks` لترى من حظرتهم.',
  'reason.shut-out': 'منع مشرفو هذا الخادم ذلك. يُرجى سؤالهم.',

  'failure.blocked-by-user': 'لم تُرسل رسالتك إلى {name} لأنك حظرته. اكتب `{command}` لإنهاء الحظر.',
  'failure.banned': 'لم تُرسل رسالتك إلى {name}: منع مشرفو هذا الخادم ذلك. يُرجى سؤالهم.',

  'help.block': 'يحظر شخصًا: لا يصلك منه شيء بعد ذلك.',
  'help.unblock': 'ينهي الحظر.',
  'help.blocks': 'يعرض من حظرتهم.',
  'help.ban': 'يمنع شخصًا أو خادمًا أو شبكة عن الجميع.',
  'help.unban': 'ينهي ما منعه `ban`.',
  'help.bans': 'يعرض من وما هو ممنوع عن الجميع.',
  'usage.block': 'block <network> <address> [reason]',
  'usage.unblock': 'unblock <network> <address>',
  'usage.blocks': 'blocks [page]',
  'usage.ban': 'ban <person|server|network> <network> [address or domain] [reason]',
  'usage.unban': 'unban <person|server|network> <network> [address or domain]',
  'usage.bans': 'bans [page]',
  'column.what-banned': 'من أو ماذا',

  'block.done':
    'حُظر {address} على {network}: لن يصلك منه شيء في المحادثات المباشرة، تحت أي اسم معروف له. لن يُخبَر بذلك. `{command}` ينهي الحظر.',
  'block.known': '{address} على {network} محظور من قبل. `{command}` ينهي الحظر.',
  'block.ignored': 'وهو أيضًا في قائمة من تتجاهلهم، فلا تراه في المجموعات.',
  'block.ignored-later': 'تعذّر الوصول الآن إلى قائمة من تتجاهلهم؛ ستُحدَّث عندما يصلك شيء.',
  'block.by-hand':
    'ما زال يُرى في المجموعات التي تشارك فيها غيرك. لإخفائه هناك، تجاهل هؤلاء المستخدمين في تطبيقك: {ghosts}',
  'block.nobody': '{address} ليس عنوان أحد. يُرجى التحقق من كتابته.',
  'block.no-ghost': '{user} ليس على شبكة أخرى. يُرجى استعمال قائمة التجاهل في تطبيقك.',
  'block.own': 'هذا أنت. لم يُحظر شيء.',
  'block.too-many': 'لقد حظرت عددًا كبيرًا من الناس. اكتب `blocks` وأنهِ بعضها بـ `unblock`.',
  'unblock.done': 'لم يعد {address} محظورًا. ما وصل خلال الحظر لا يأتي ثانية.',
  'unblock.none': 'لم تحظر {address}. اكتب `blocks` لترى من حظرتهم.',
  'unblock.by-hand': 'إن كنت تتجاهله في تطبيقك، فيُرجى إنهاء ذلك هناك أيضًا.',
  'blocks.everybody': 'كل من في {domain}',
  'blocks.here': 'هنا',
  'blocks.there': 'على {where}',
  'blocks.waiting': 'على {where} قريبًا',
  'blocks.unfollowed': 'ليس على {where}',
  'column.in-force': 'سارٍ',

  'account-list.not-granted':
    'قائمة المحظورين لحسابك {address} على {network} غير متابَعة، لأن خادمه لا يسمح للجسر بذلك. من تحظره هنا محظور هنا فقط، ومن تحظره في تطبيق آخر على {network} محظور هناك فقط. يستطيع المشرف تغيير ذلك.',
  'account-list.not-offered':
    'لا يمكن متابعة قائمة المحظورين لحسابك {address} على {network}: لا يتيح خادمه ذلك لهذا الجسر، أو أنك حظرت الجسر هناك. من تحظره هنا محظور هنا فقط، ومن تحظره في تطبيق آخر على {network} محظور هناك فقط.',
  'account-list.restored':
    'أصبحت قائمة المحظورين لحسابك {address} على {network} فارغة فجأة، فكُتبت من جديد من حظرك هنا. إن كنت أفرغتها بنفسك، فيُرجى إنهاء الحظر هنا: `blocks` يعرضه.',

  'doctor.check.account-lists': 'قوائم المحظورين',
  'doctor.account-lists.followed': 'تُتابَع القوائم الخاصة بالحسابات المربوطة.',
  'doctor.account-lists.unfollowed': {
    by: 'count',
    forms: {
      zero: 'لا حسابات مربوطة لا تُتابَع قوائم محظوريها ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
      one: 'لا تُتابَع قائمة المحظورين لحساب مربوط واحد ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
      two: 'لا تُتابَع قائمتا المحظورين لحسابين مربوطين ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
      few: 'لا تُتابَع قوائم المحظورين لـ {count} حسابات مربوطة ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
      many: 'لا تُتابَع قوائم المحظورين لـ {count} حسابًا مربوطًا ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
      other:
        'لا تُتابَع قوائم المحظورين لـ {count} حساب مربوط ({networks}). على XMPP ليمنح الخادم مكوّن الجسر `urn:xmpp:blocking` (XEP-0356، وفي Prosody عبر mod_privilege): انظر “Lists of blocked people” في docs/operations.md.',
    },
  },

  'blocks.none': 'لم تحظر أحدًا.',
  'blocks.head': {
    by: 'count',
    forms: {
      zero: 'لم تحظر أحدًا:',
      one: 'لقد حظرت شخصًا واحدًا:',
      two: 'لقد حظرت شخصين:',
      few: 'لقد حظرت {count} أشخاص:',
      many: 'لقد حظرت {count} شخصًا:',
      other: 'لقد حظرت {count} شخص:',
    },
  },

  'ban.done': 'مُنع {what} عن الجميع على هذا الخادم. يعرض `bans` كل الممنوع.',
  'ban.known': '{what} ممنوع من قبل.',
  'ban.ask-server':
    'هذا يمنع كل شخص وكل مجموعة على {what} عن الجميع هنا. إن كان هذا ما تريد، فاكتب `{command}`',
  'ban.ask-network': 'هذا يمنع الشبكة {what} كلها عن الجميع هنا. إن كان هذا ما تريد، فاكتب `{command}`',
  'ban.no-server':
    '{domain} ليس خادمًا على هذه الشبكة. اكتب نطاقًا مثل `example.org`، أو `*.example.org` ليشمل كل ما تحته.',
  'ban.chat-ended':
    'منع مديرو هذا الخادم {name} ({address}) عن الجميع. انتهت محادثتك معه، ولا يُنقل منها شيء بعد الآن. اسأل المديرين إن كان ذلك خطأ.',
  'unban.done': 'لم يعد {what} ممنوعًا.',
  'unban.none': '{what} ليس ممنوعًا. اكتب `bans` لترى كل الممنوع.',
  'bans.none': 'لا أحد ممنوع.',
  'bans.head': {
    by: 'count',
    forms: {
      zero: 'لا شيء ممنوع عن الجميع:',
      one: 'شيء واحد ممنوع عن الجميع:',
      two: 'شيئان ممنوعان عن الجميع:',
      few: '{count} أشياء ممنوعة عن الجميع:',
      many: '{count} شيئًا ممنوعًا عن الجميع:',
      other: '{count} شيء ممنوع عن الجميع:',
    },
  },
};
