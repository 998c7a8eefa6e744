/** `warning` does not keep a network from running. */
export type Level = 'ok' | 'warning' | 'failed'
/** What a check found, and what to do about it. */
export type Finding = { readonly level: Level; readonly detail: string; readonly remedy?: string }
