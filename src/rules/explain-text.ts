import { render, text, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Explanation } from './explain.ts';
import type { Author } from './rule.ts';

/** Who set a rule, in words. */
export function authorText(language: Language, author: Author): string {
  switch (author.kind) {
    case 'config':
      return text(language, 'rules.author.config');
    case 'preset':
      return text(language, 'rules.author.preset', { preset: author.preset });
    case 'user':
      return text(language, 'rules.author.user', { user: author.user });
    case 'api':
    case 'erased':
      return text(language, `rules.author.${author.kind}`);
  }
}

/** An explanation, line by line: for each feature what becomes of it, which rule decided, and who set that. */
export function explanationLines(
  language: Language,
  { features }: Pick<Explanation, 'features'>,
): readonly Rendered[] {
  return features.flatMap(({ feature, decided, next }): readonly Rendered[] => {
    const name = text(language, `feature.${feature}`);
    if (decided === undefined) return [render(language, 'rules.explain.no-rule', { feature: name })];
    const own = render(language, 'rules.explain.decided', {
      feature: name,
      action: text(language, `rules.action.${decided.action}`),
      rule: decided.by.rule.id,
      dimension: text(language, `rules.dimension.${decided.dimension}`),
      author: authorText(language, decided.by.author),
    });
    const others = next.map(({ action, by, dimension }) =>
      render(language, 'rules.explain.next', {
        rule: by.rule.id,
        dimension: text(language, `rules.dimension.${dimension}`),
        action: text(language, `rules.action.${action}`),
      }),
    );
    return [own, ...others];
  });
}
