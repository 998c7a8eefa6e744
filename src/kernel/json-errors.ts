import type { ErrorCatalogue } from './errors.ts'

/** What `parseJson` refuses. Each carries `offset`, `line` and `column` (both from 1). */
export const jsonErrors: ErrorCatalogue = {
  JSON_MALFORMED: {
    status: 400,
    meaning: 'The text is not JSON (RFC 8259), or not UTF-8.',
    remedy:
      'Look at the line and column that the message names. Comments, trailing commas, ' +
      'byte order marks and lone surrogates are not JSON.',
  },
  JSON_DUPLICATE_KEY: {
    status: 400,
    meaning: 'An object has the same key twice, so readers could disagree about its value.',
    remedy: 'Keep one of the two.',
  },
  JSON_TOO_DEEP: {
    status: 400,
    meaning: 'Arrays and objects are nested deeper than 64 levels.',
    remedy: 'Flatten the document.',
  },
  JSON_NUMBER: {
    status: 400,
    meaning: 'A number cannot be kept as it is written: too large, too small or too many digits.',
    remedy: 'Write it as text, in quotes. Whole numbers go up to 2^53 - 1, others to 17 digits.',
  },
  JSON_KEY_FORBIDDEN: {
    status: 400,
    meaning: 'An object has the key `__proto__`, which many programs would act on.',
    remedy: 'Use another key.',
  },
  JSON_TOO_MANY_VALUES: {
    status: 413,
    meaning: 'The document has more values than the receiver allows.',
    remedy: 'Send it in several parts.',
  },
}
