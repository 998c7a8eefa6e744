/** Set when the gateway is about to stop: requests under way go on, new ones are refused. */
export type Drain = { isDraining: boolean }
