/** In memory alone: it is gone with the page. */
const held = new Map<string, string>()

/** The API key that somebody gave for a service, kept until the page is left. */
export const heldKey = (ledger: string, service: string): string | undefined =>
  held.get(`${ledger} ${service}`)

export function holdKey(ledger: string, service: string, key: string): void {
  held.set(`${ledger} ${service}`, key)
}
