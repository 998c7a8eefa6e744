import type { ErrorCatalogue, ErrorRow } from '../../kernel/errors.ts'

/** The codes of one part. */
export type ErrorSection = {
  readonly title: string
  readonly about: string
  readonly errors: ErrorCatalogue
}

const intro = `# Errors

Every error has a stable code: look at the code, never at the text. Over HTTP it is the member
\`code\` of a problem (RFC 9457, \`application/problem+json\`), whose \`type\` leads to its row
here; in programs it is \`error.code\`; on the command line it is in the message and in \`--json\`.

An answer with status 429 or 503, or none at all, may be followed by the same request: a statement
has one effect, however often it arrives. \`Retry-After\` says when. A refused statement has no
entry.

This page is printed from the code by \`bsn docs\`; change it there.
`

/** docs/reference/errors.md. */
export function printErrorsPage(sections: readonly ErrorSection[]): string {
  return [intro, ...sections.map(printSection)].join('\n')
}

function printSection({ title, about, errors }: ErrorSection): string {
  const rows = Object.entries(errors).map(([code, row]) => printRow(code, row))
  return `## ${title}\n\n${about}\n\n${rows.join('\n')}`
}

function printRow(code: string, { status, meaning, remedy }: ErrorRow): string {
  const over = status === null ? '' : ` HTTP ${status}.`
  return `### ${code}\n\n${meaning}${over}\n\n*What to do:* ${remedy}\n`
}
