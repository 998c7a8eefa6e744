import type { TFunction } from 'i18next'

/** What a scope is called; a colon parts other things in the names of words. */
export const scopeName = (t: TFunction, scope: string): string =>
  t(`credentials.scopeNames.${scope.replace(':', '-')}`, { defaultValue: scope })
