/** What a node says that a contract waits for. */
export type Waiting = {
  /** Of an error: it does not go on by itself, or not soon. */
  readonly code: string | undefined
  /** One line. */
  readonly what: string
  /** What a tool said last, such as a build, where one did. */
  readonly log: string | undefined
}

/** Errors begin with their code; behind the first line is what a tool said. */
export function readWaiting(waitsFor: string): Waiting {
  const [, code, said = waitsFor] = /^([A-Z][A-Z_]+): ([\s\S]*)$/.exec(waitsFor) ?? []
  const [what = '', ...rest] = said.split('\n')
  const log = rest.join('\n').trim()
  return { code, what, log: log === '' ? undefined : log }
}
