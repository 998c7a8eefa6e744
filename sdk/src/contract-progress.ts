/** One after the other: on each node, and `commit` once for all. */
export type ContractStep = 'build' | 'install' | 'approve' | 'commit' | 'endorse'

/** A line of a package's own sources. */
export type ContractWarning = {
  readonly file: string
  readonly line: number
  /** What it is about, such as `clock` or `random`. */
  readonly chance: string
  readonly text: string
  readonly why: string
}
