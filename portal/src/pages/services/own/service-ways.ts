/** What a publisher does with a service as a whole. */
export type ServiceWay = 'submit' | 'freeze' | 'unfreeze' | 'retire'

const ways: Readonly<Record<string, readonly ServiceWay[]>> = {
  draft: ['submit', 'retire'],
  review: ['retire'],
  running: ['freeze', 'retire'],
  frozen: ['unfreeze', 'retire'],
}

/** What is open to a service of that status: the same that the ledger lets pass. */
export const serviceWays = (status: string | undefined): readonly ServiceWay[] =>
  ways[status ?? ''] ?? []

/** These stop whoever uses it: the name is typed. */
export const isStop = (way: ServiceWay): boolean => way === 'freeze' || way === 'retire'
