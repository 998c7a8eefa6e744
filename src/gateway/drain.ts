/** Set when the gateway is about to stop: requests under way go on, new ones are refused. */
export interface Drain {
  readonly isDraining: boolean
  /** Aborted when it begins: what would go on for ever ends then. */
  readonly signal: AbortSignal
  begin(): void
}

/** One that has not begun. */
export function createDrain(): Drain {
  const controller = new AbortController()
  return {
    get isDraining() {
      return controller.signal.aborted
    },
    signal: controller.signal,
    begin: () => controller.abort(),
  }
}
