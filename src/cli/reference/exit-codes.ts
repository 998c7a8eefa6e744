/** What the process ends with, and what that means. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, "failed: the error's code says why"],
  [2, 'wrong usage; nothing was done'],
  [3, 'not allowed: no profile, credential or right'],
  [4, 'not found'],
  [5, 'conflict: it exists already, or has changed'],
  [6, 'over a quota or rate'],
  [7, 'the network or the gateway is not available'],
  [8, 'fate unknown: it may or may not be registered; running the same command again finds out'],
  [9, 'verification failed'],
  [130, 'interrupted by Ctrl-C'],
]
