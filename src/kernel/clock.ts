/** Where time comes from. Nothing below the command line asks the system; tests move this one. */
export interface Clock {
  /** Whole seconds since 1970. */
  nowSeconds(): number
}

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) }
