/** Structured fields (RFC 9651), read strictly: what is not exactly of the form is nothing. */

/** A token, apart from a string. */
export class Token {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type BareItem = number | string | boolean | Token | Uint8Array
/** In the order as sent, which a signature covers. */
export type Parameters = ReadonlyMap<string, BareItem>
export type Item = { readonly value: BareItem; readonly params: Parameters }
export type InnerList = { readonly items: readonly Item[]; readonly params: Parameters }
export type Dictionary = ReadonlyMap<string, Item | InnerList>

/** Members and parameters are few here; a header of 16 KiB could hold thousands. */
const membersMax = 32

const keyPattern = /[a-z*][a-z0-9_.*-]*/y
const tokenPattern = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y
/** Decimals, dates and display strings have no use in what is read here. */
const integerPattern = /-?[0-9]{1,15}(?![0-9.])/y
const stringPattern = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y
const bytesPattern = /:([A-Za-z0-9+/]*={0,2}):/y
const booleanPattern = /\?([01])/y

/** Ends the reading; never leaves this file. */
class Malformed extends Error {}

/**
 * A dictionary; undefined where the text is none. Stricter than the RFC in one point: a key that
 * comes twice, where the last would win, is refused, because two readers could take two values.
 */
export function parseDictionary(text: string): Dictionary | undefined {
  try {
    return new Reader(text).dictionary()
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

/** The text of an inner list, as every signer and verifier writes it. */
export function serializeInnerList({ items, params }: InnerList): string {
  const inner = items.map(({ value, params }) => serializeBare(value) + serializeParams(params))
  return `(${inner.join(' ')})${serializeParams(params)}`
}

function serializeParams(params: Parameters): string {
  return [...params]
    .map(([key, value]) => (value === true ? `;${key}` : `;${key}=${serializeBare(value)}`))
    .join('')
}

function serializeBare(value: BareItem): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? '?1' : '?0'
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`
  if (value instanceof Token) return value.text
  return `:${Buffer.from(value).toString('base64')}:`
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  dictionary(): Dictionary {
    const members = new Map<string, Item | InnerList>()
    this.#skip(/ */y)
    while (this.#at < this.#text.length) {
      const key = this.#take(keyPattern)[0]
      if (members.has(key) || members.size === membersMax) throw new Malformed()
      members.set(key, this.#member())
      this.#skip(/[ \t]*/y)
      if (this.#at === this.#text.length) return members
      this.#take(/,[ \t]*/y)
      // A comma at the end would leave a member out.
      if (this.#at === this.#text.length) throw new Malformed()
    }
    return members
  }

  #member(): Item | InnerList {
    if (!this.#has('=')) return { value: true, params: this.#parameters() }
    if (!this.#has('(')) return this.#item()
    const items: Item[] = []
    for (;;) {
      this.#skip(/ */y)
      if (this.#has(')')) return { items, params: this.#parameters() }
      if (items.length === membersMax) throw new Malformed()
      items.push(this.#item())
      if (!/[ )]/.test(this.#text.charAt(this.#at))) throw new Malformed()
    }
  }

  #item(): Item {
    return { value: this.#bare(), params: this.#parameters() }
  }

  #parameters(): Parameters {
    const params = new Map<string, BareItem>()
    while (this.#has(';')) {
      this.#skip(/ */y)
      const key = this.#take(keyPattern)[0]
      if (params.has(key) || params.size === membersMax) throw new Malformed()
      params.set(key, this.#has('=') ? this.#bare() : true)
    }
    return params
  }

  #bare(): BareItem {
    const first = this.#text.charAt(this.#at)
    if (first === '"') return (this.#take(stringPattern)[1] ?? '').replace(/\\(.)/g, '$1')
    if (first === ':') return this.#bytes()
    if (first === '?') return this.#take(booleanPattern)[1] === '1'
    if (/[0-9-]/.test(first)) return Number(this.#take(integerPattern)[0])
    return new Token(this.#take(tokenPattern)[0])
  }

  #bytes(): Uint8Array {
    const text = this.#take(bytesPattern)[1] ?? ''
    const bytes = Buffer.from(text, 'base64')
    // Padding and stray bits: one text for the same bytes.
    if (bytes.toString('base64') !== text) throw new Malformed()
    return new Uint8Array(bytes)
  }

  #has(letter: string): boolean {
    if (this.#text.charAt(this.#at) !== letter) return false
    this.#at++
    return true
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern)
  }

  #take(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (!found) throw new Malformed()
    this.#at = pattern.lastIndex
    return found
  }
}
