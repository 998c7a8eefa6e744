import { CodedError } from '@openbsn/sdk'

/** What can be wrong in a ledger. `key`: of the state; `run`: a file of the index of identities. */
export type Thing = 'genesis' | 'block' | 'entry' | 'tile' | 'key' | 'run'

/** The first thing that is wrong. */
export type Finding = {
  readonly what: Thing
  /** Height, index, level/place, state key or file. */
  readonly which: string
  readonly why: string
  readonly code: string
}

const codes = {
  genesis: 'VERIFY_GENESIS_WRONG',
  block: 'VERIFY_BLOCK_WRONG',
  entry: 'VERIFY_ENTRY_WRONG',
  tile: 'VERIFY_TILE_WRONG',
  key: 'VERIFY_KEY_WRONG',
  run: 'VERIFY_RUN_WRONG',
} as const satisfies Record<Thing, string>

/** An error that stops the verification; `findingOf` reads it back. */
export function wrong(what: Thing, which: string | number, why: string): CodedError {
  const message = `${what} ${which}: ${why}`
  return new CodedError(codes[what], message, { details: { what, which: String(which), why } })
}

/** The finding in an error of `wrong`; undefined for any other error. */
export function findingOf(error: unknown): Finding | undefined {
  if (!(error instanceof CodedError)) return undefined
  const { what, which, why } = error.details
  const thing = Object.entries(codes).find(([, code]) => code === error.code)?.[0]
  if (thing === undefined || what !== thing) return undefined
  return { what: thing as Thing, which: String(which), why: String(why), code: error.code }
}

/** What an error says, as the reason why something is wrong. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
