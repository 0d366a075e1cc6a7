import type { ListNews } from './core/policy-list-follower.ts';
import { render, type Language, type Rendered } from './texts/catalogue.ts';

/** What administrators are told of a policy list. */
export function newsLine(language: Language, news: ListNews): Rendered {
  const { name: list, room } = news.list;
  if (news.kind === 'refused') {
    const { everybody, own, broken, 'too-many': rules, 'too-many-patterns': patterns } = news.refused;
    return render(language, 'policies.news.refused', {
      ...{ list, everybody, own, broken },
      many: rules + patterns,
    });
  }
  switch (news.trouble) {
    case 'shut-out':
    case 'away':
      return render(language, 'policies.news.shut-out', { list, room });
    case 'too-large':
      return render(language, 'policies.news.too-large', { list });
  }
}
