/** One row of the public catalogue of errors: docs/reference/errors.md is printed from these. */
export type ErrorRow = {
  /** HTTP status where the gateway answers with it; null where only programs and files see it. */
  readonly status: number | null
  readonly meaning: string
  /** What the reader can do about it. */
  readonly remedy: string
}

/** Codes of one feature. Each feature's `errors.ts` exports one; `docs` and tests gather them. */
export type ErrorCatalogue = Readonly<Record<string, ErrorRow>>
