/** What an operator should know of a chain, for the log. */
export type ChainNotice = {
  readonly level: 'info' | 'warn'
  readonly service: string
  readonly text: string
  readonly err?: unknown
}
