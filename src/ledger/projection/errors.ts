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
  LISTS_UNREADABLE: {
    status: null,
    meaning:
      'The folder of lists, or of counts of usage, cannot be opened. The ledger is not in it.',
    remedy: 'Stop the node and run `bsn projections rebuild`: they are made anew from the log.',
  },
} as const satisfies ErrorCatalogue
