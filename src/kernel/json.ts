import { CodedError } from '@openbsn/sdk'

/** What JSON text stands for. Objects have no `Object.prototype`: `value.toString` is undefined. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

export type JsonLimits = {
  /** Nesting of arrays and objects. */
  readonly depthMax?: number
  /** Values in the whole document: each takes memory, however short its text is. */
  readonly valuesMax?: number
}

type JsonErrorCode =
  | 'JSON_MALFORMED'
  | 'JSON_DUPLICATE_KEY'
  | 'JSON_TOO_DEEP'
  | 'JSON_NUMBER'
  | 'JSON_KEY_FORBIDDEN'
  | 'JSON_TOO_MANY_VALUES'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * JSON as RFC 8259 has it, and nothing that two readers could understand differently: no duplicate
 * key, no `__proto__`, no number that would change, no lone surrogate, nothing after the value.
 * Time and memory grow with the text and not faster.
 * @throws JSON_MALFORMED, JSON_DUPLICATE_KEY, JSON_TOO_DEEP, JSON_NUMBER, JSON_KEY_FORBIDDEN,
 * JSON_TOO_MANY_VALUES
 */
export function parseJson(input: string | Uint8Array, limits: JsonLimits = {}): JsonValue {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (typeof input === 'string' && !text.isWellFormed()) {
    throw new CodedError('JSON_MALFORMED', 'JSON: the text holds a lone surrogate.')
  }
  return new JsonParser(text, limits).parse()
}

/** One of an array, with its text as it came. */
export type JsonItem = { readonly value: JsonValue; readonly raw: Uint8Array }

/**
 * The items of a JSON array, in one pass. The limits hold for each of them by itself; no more than
 * `itemsMax` and one are read, whatever follows.
 * @throws as `parseJson`
 */
export function parseJsonItems(
  input: Uint8Array,
  { itemsMax, ...limits }: JsonLimits & { readonly itemsMax: number },
): JsonItem[] {
  const text = decodeUtf8(input)
  const isAscii = text.length === input.length
  return new JsonParser(text, limits).items(itemsMax + 1).map(({ value, start, end }) => {
    // Nothing is lost on the way there and back: what is not UTF-8 is refused.
    const raw = isAscii ? input.subarray(start, end) : Buffer.from(text.slice(start, end))
    return { value, raw }
  })
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new CodedError('JSON_MALFORMED', 'JSON: the text is not valid UTF-8.', { cause })
  }
}

/**
 * `new Bare()` inherits nothing, as `Object.create(null)`, but stays in the engine's fast form:
 * measured, ten objects of five keys are made 3 times as fast.
 */
const Bare = function Bare() {} as unknown as new () => JsonObject
Bare.prototype = Object.freeze(Object.create(null))

const code = {
  tab: 0x09,
  newline: 0x0a,
  return: 0x0d,
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  bracketOpen: 0x5b,
  backslash: 0x5c,
  bracketClose: 0x5d,
  braceOpen: 0x7b,
  braceClose: 0x7d,
} as const

/** Every number of so few characters comes back as it was written: 15 digits fit any double. */
const plainNumberLengthMax = 15

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const escapeOrControl = /[\\\u0000-\u001f]/

class JsonParser {
  readonly #text: string
  readonly #depthMax: number
  readonly #valuesMax: number
  /** Each text in it ends at the next quote, and may hold all that is before. */
  readonly #isPlain: boolean
  #at = 0
  #values = 0

  constructor(text: string, { depthMax = 64, valuesMax = Number.POSITIVE_INFINITY }: JsonLimits) {
    this.#text = text
    this.#depthMax = depthMax
    this.#valuesMax = valuesMax
    this.#isPlain = !escapeOrControl.test(text)
  }

  parse(): JsonValue {
    this.#skipSpace()
    const value = this.#value(0)
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the text')
    return value
  }

  /** The first items of an array; what follows the last of so many is not read. */
  items(most: number): { value: JsonValue; start: number; end: number }[] {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== code.bracketOpen) throw this.#unexpected('"["')
    this.#at++
    this.#skipSpace()
    const out: { value: JsonValue; start: number; end: number }[] = []
    if (this.#text.charCodeAt(this.#at) !== code.bracketClose) {
      do {
        this.#values = 0
        const start = this.#at
        const value = this.#value(0)
        if (out.push({ value, start, end: this.#at }) === most) return out
      } while (this.#hasMore(code.bracketClose, '"," or "]"'))
    } else this.#at++
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the text')
    return out
  }

  #fail(kind: JsonErrorCode, what: string, offset = this.#at): CodedError {
    const { line, column } = placeOf(this.#text, offset)
    const message = `JSON, line ${line}, column ${column}: ${what}.`
    return new CodedError(kind, message, { details: { offset, line, column } })
  }

  #unexpected(expected: string): CodedError {
    const found = this.#at < this.#text.length ? 'another character' : 'the end of the text'
    return this.#fail('JSON_MALFORMED', `expected ${expected}, found ${found}`)
  }

  #skipSpace(): void {
    for (;;) {
      const next = this.#text.charCodeAt(this.#at)
      const isSpace =
        next === code.space || next === code.newline || next === code.return || next === code.tab
      if (!isSpace) return
      this.#at++
    }
  }

  #value(depth: number): JsonValue {
    if (++this.#values > this.#valuesMax) {
      throw this.#fail('JSON_TOO_MANY_VALUES', `more than ${this.#valuesMax} values`)
    }
    const next = this.#text.charCodeAt(this.#at)
    if (next === code.quote) return this.#string()
    if (next === code.braceOpen) return this.#object(depth + 1)
    if (next === code.bracketOpen) return this.#array(depth + 1)
    if (next === code.minus || (next >= code.zero && next <= code.nine)) return this.#number()
    return this.#word()
  }

  #word(): JsonValue {
    if (this.#take('true')) return true
    if (this.#take('false')) return false
    if (this.#take('null')) return null
    throw this.#unexpected('a value')
  }

  #take(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #enter(depth: number): void {
    if (depth > this.#depthMax) {
      throw this.#fail('JSON_TOO_DEEP', `nested deeper than ${this.#depthMax}`)
    }
    this.#at++
    this.#skipSpace()
  }

  /** True where another item follows a comma, false after the closing bracket. */
  #hasMore(close: number, expected: string): boolean {
    this.#skipSpace()
    const next = this.#text.charCodeAt(this.#at)
    if (next !== code.comma && next !== close) throw this.#unexpected(expected)
    this.#at++
    if (next === close) return false
    this.#skipSpace()
    return true
  }

  #array(depth: number): JsonValue[] {
    this.#enter(depth)
    const out: JsonValue[] = []
    if (this.#text.charCodeAt(this.#at) === code.bracketClose) {
      this.#at++
      return out
    }
    do out.push(this.#value(depth))
    while (this.#hasMore(code.bracketClose, '"," or "]"'))
    return out
  }

  #object(depth: number): JsonObject {
    this.#enter(depth)
    const out = new Bare()
    if (this.#text.charCodeAt(this.#at) === code.braceClose) {
      this.#at++
      return out
    }
    do this.#member(out, depth)
    while (this.#hasMore(code.braceClose, '"," or "}"'))
    return out
  }

  #member(out: JsonObject, depth: number): void {
    const start = this.#at
    if (this.#text.charCodeAt(start) !== code.quote) throw this.#unexpected('a key in quotes')
    const key = this.#string()
    // Asked first: on an object of ours the name would be an ordinary key, on others it is not.
    if (key === '__proto__') {
      throw this.#fail('JSON_KEY_FORBIDDEN', 'the key __proto__ is not allowed', start)
    }
    if (key in out) throw this.#fail('JSON_DUPLICATE_KEY', 'the same key twice in an object', start)
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== code.colon) throw this.#unexpected('":"')
    this.#at++
    this.#skipSpace()
    out[key] = this.#value(depth)
  }

  #string(): string {
    const start = ++this.#at
    if (this.#isPlain) return this.#plainString(start)
    for (;;) {
      const next = this.#text.charCodeAt(this.#at)
      if (next === code.quote) return this.#text.slice(start, this.#at++)
      if (next === code.backslash) return this.#escapedString(start)
      this.#requireText(next)
      this.#at++
    }
  }

  #plainString(start: number): string {
    const end = this.#text.indexOf('"', start)
    this.#at = end < 0 ? this.#text.length : end
    if (end < 0) throw this.#fail('JSON_MALFORMED', 'a text is not closed')
    this.#at++
    return this.#text.slice(start, end)
  }

  #requireText(next: number): void {
    if (next >= code.space) return
    if (Number.isNaN(next)) throw this.#fail('JSON_MALFORMED', 'a text is not closed')
    throw this.#fail('JSON_MALFORMED', 'a control character in a text: escape it')
  }

  /** The engine's own parser decodes escapes: a rope of millions of parts would take memory. */
  #escapedString(start: number): string {
    let next = this.#text.charCodeAt(this.#at)
    while (next !== code.quote) {
      this.#requireText(next)
      this.#at += next === code.backslash ? 2 : 1
      next = this.#text.charCodeAt(this.#at)
    }
    const decoded = decodeString(this.#text.slice(start - 1, ++this.#at))
    if (decoded === undefined) throw this.#fail('JSON_MALFORMED', 'an unknown escape', start - 1)
    if (decoded.isWellFormed()) return decoded
    throw this.#fail('JSON_MALFORMED', 'an escaped surrogate without its other half', start - 1)
  }

  #number(): number {
    const start = this.#at
    if (this.#text.charCodeAt(start) === code.minus) this.#at++
    const leadsWithZero = this.#text.charCodeAt(this.#at) === code.zero
    if (leadsWithZero) this.#at++
    else this.#digits()
    const isWhole = !this.#fractionAndExponent()
    const literal = this.#text.slice(start, this.#at)
    const value = Number(literal)
    if (isWhole && literal.length <= plainNumberLengthMax) return value
    if (isKept(literal, value)) return value
    const what = `${shorten(literal)} would change: too large, too small or too many digits`
    throw this.#fail('JSON_NUMBER', what, start)
  }

  #fractionAndExponent(): boolean {
    const start = this.#at
    if (this.#text.charCodeAt(this.#at) === code.point) {
      this.#at++
      this.#digits()
    }
    // Bit 5 off: e and E alike.
    if ((this.#text.charCodeAt(this.#at) & ~0x20) === 0x45) {
      this.#at++
      const sign = this.#text.charCodeAt(this.#at)
      if (sign === code.plus || sign === code.minus) this.#at++
      this.#digits()
    }
    return this.#at > start
  }

  #digits(): void {
    const start = this.#at
    for (;;) {
      const next = this.#text.charCodeAt(this.#at)
      if (!(next >= code.zero && next <= code.nine)) break
      this.#at++
    }
    if (this.#at === start) throw this.#unexpected('a digit')
  }
}

function decodeString(literal: string): string | undefined {
  try {
    return JSON.parse(literal)
  } catch {
    return undefined
  }
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let lineStart = 0
  for (;;) {
    const newline = text.indexOf('\n', lineStart)
    if (newline === -1 || newline >= offset) return { line, column: offset - lineStart + 1 }
    lineStart = newline + 1
    line++
  }
}

function shorten(literal: string): string {
  return literal.length <= 40 ? literal : `${literal.slice(0, 40)}…`
}

/** True where the double says just what the text says, and a whole number is a safe one. */
function isKept(literal: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false
  const isPlain = literal.length <= plainNumberLengthMax && !/[eE]/.test(literal)
  if (isPlain || String(value) === literal) return true
  return decimalOf(literal) === decimalOf(String(value))
}

/** Significant digits and the power of ten they stand at: equal for equal numbers. */
function decimalOf(literal: string): string {
  const unsigned = literal.startsWith('-') ? literal.slice(1) : literal
  const [mantissa = '', exponent = '0'] = unsigned.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = trimZeros(digits)
  if (significant === '') return '0'
  const power = Number(exponent) - fraction.length
  return `${significant}e${power + digits.length - significant.length}`
}

/** Not `/0+$/`: on digits like 0001000100… that pattern takes time that grows with the square. */
function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === code.zero) end--
  return digits.slice(0, end)
}
