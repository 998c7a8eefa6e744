import { type CborValue, encodeCbor } from '@openbsn/sdk'
import type { Problem } from './problem.ts'

/** Labels of concise problem details (RFC 9290, section 2). */
const label = { title: -1, detail: -2 }

/**
 * Our code as a custom problem detail (RFC 9290, section 2): its key must be a URI, and this one
 * needs no domain to be ours.
 */
export const codeEntry = 'urn:uuid:0b6f6a0e-5d3c-4e55-9d3f-6d0c1d1f7a52'

/** What draft-ietf-scitt-scrapi calls the errors that it knows; the code says the rest. */
const titles: Readonly<Record<string, string>> = {
  ALGORITHM_UNKNOWN: 'Bad Signature Algorithm',
  ALGORITHM_MISMATCH: 'Bad Signature Algorithm',
  PAYLOAD_DETACHED: 'Payload Missing',
  LOCATOR_INVALID: 'Invalid locator',
  SCITT_KEY_NOT_FOUND: 'No such key',
  ENTRY_NOT_FOUND: 'Not Found',
  ROUTE_NOT_FOUND: 'Not Found',
}

function titleOf({ code, status }: Problem): string {
  const known = Object.hasOwn(titles, code) ? titles[code] : undefined
  if (known !== undefined) return known
  if (status === 429) return 'Too Many Requests'
  if (status >= 500) return 'Not available'
  return /^(CBOR|STATEMENT|REQUEST|BODY|CONTENT_TYPE_UN|CONTENT_ENC)/.test(code)
    ? 'Malformed request'
    : 'Rejected'
}

/** True for requests whose errors are told in CBOR: those of the SCITT door. */
export function wantsConcise(url: string): boolean {
  return /^\/(scitt|\.well-known\/scitt-keys)(\/|\?|$)/.test(url)
}

/** A problem as application/concise-problem-details+cbor. */
export function encodeConciseProblem(problem: Problem): Uint8Array {
  const { type, code, detail, instance } = problem
  const entry = new Map<string, CborValue>([
    ['code', code],
    ['type', type],
    ...(instance === undefined ? [] : ([['instance', instance]] as const)),
  ])
  return encodeCbor(
    new Map<number | string, CborValue>([
      [label.title, titleOf(problem)],
      [label.detail, detail],
      [codeEntry, entry],
    ]),
  )
}
