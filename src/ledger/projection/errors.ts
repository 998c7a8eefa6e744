import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What lists and counts that are made from the log say of themselves. */
export const projectionErrors = {
  LISTS_BEHIND: {
    status: 503,
    meaning:
      'Lists, and counts of usage, are being made anew from the log, as after a restore. What ' +
      'they have by now would look as if the rest did not exist, so nothing is told.',
    remedy:
      'Ask again after the time in Retry-After, or another gateway; the message says how far it ' +
      'is. What is written is registered as ever, and events wait by themselves.',
  },
} as const satisfies ErrorCatalogue
