/** What a credential may be used for. */
export const scopes = [
  'records:write',
  'records:read',
  'events:read',
  'webhooks:write',
  'log:read',
] as const
export type Scope = (typeof scopes)[number]
/** Of a credential that was made without any. */
export const defaultScopes: readonly Scope[] = ['records:write', 'records:read']

/** A function's scopes: what a credential must be made for to call it. */
const scopesOf: Readonly<Record<string, readonly Scope[]>> = {
  put: ['records:write'],
  get: ['records:read'],
  list: ['records:read'],
  history: ['records:read'],
  call: ['records:read'],
  send: ['records:write'],
  events: ['events:read', 'webhooks:write'],
}

/** What needs no function: whoever may ask for anything may look at what was asked. */
const always: readonly Scope[] = ['log:read']

/** All that the functions ask for, and what needs none. */
export function scopesFor(functions: readonly string[]): Set<Scope> {
  return new Set([...functions.flatMap((one) => scopesOf[one] ?? []), ...always])
}
