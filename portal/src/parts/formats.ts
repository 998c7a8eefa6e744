import { useTranslation } from 'react-i18next'

/** How numbers, times and sizes are written in one language. */
export interface Formats {
  number(value: number): string
  bytes(value: number): string
  percent(value: number): string
  relative(seconds: number): string
  /** In the reader's own time zone. */
  local(seconds: number): string
  utc(seconds: number): string
  duration(seconds: number): string
  list(items: readonly string[]): string
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

const durations = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** What a `Date` can hold, in seconds from 1970 on: 100 million days, by ECMA-262. */
const dateSecondsMax = 8.64e12

/** A time as a date; the first or last one there is where somebody wrote a time beyond all. */
export const dateOf = (seconds: number): Date =>
  new Date(Math.min(Math.max(seconds, -dateSecondsMax), dateSecondsMax) * 1000)

const made = new Map<string, Formats>()

/** The formats of a language, made once: Intl objects are slow to make. */
export function formatsOf(language: string): Formats {
  const known = made.get(language)
  if (known) return known
  const formats = makeFormats(language)
  made.set(language, formats)
  return formats
}

function makeFormats(language: string): Formats {
  const number = new Intl.NumberFormat(language)
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const local = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' })
  const list = new Intl.ListFormat(language, { type: 'conjunction' })
  return {
    number: (value) => number.format(value),
    bytes: (value) => bytesText(value, language),
    percent: (value) => percent.format(value),
    relative(seconds) {
      const [unit, size] = unitOf(units, Math.abs(seconds))
      return relative.format(Math.trunc(seconds / size), unit)
    },
    local: (seconds) => local.format(dateOf(seconds)),
    // Without the milliseconds; years beyond 9999 are longer.
    utc: (seconds) => `${dateOf(seconds).toISOString().slice(0, -5).replace('T', ' ')} UTC`,
    duration(seconds) {
      const [unit, size] = unitOf(durations, seconds)
      const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 } as const
      return new Intl.NumberFormat(language, style).format(seconds / size)
    },
    list: (items) => list.format(items),
  }
}

type Unit<Name extends string> = readonly [Name, number]

function unitOf<Name extends string>(list: readonly Unit<Name>[], seconds: number): Unit<Name> {
  const found = list.find(([, size]) => seconds >= size) ?? list.at(-1)
  if (!found) throw new TypeError('there are units')
  return found
}

function bytesText(value: number, language: string): string {
  const [unit, size] = value < 1024 ? (['byte', 1] as const) : (['kilobyte', 1024] as const)
  const unitDisplay = unit === 'byte' ? 'long' : 'short'
  const style = { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(language, style).format(value / size)
}

/** The formats of the page's language. */
export function useFormats(): Formats {
  const { i18n } = useTranslation()
  return formatsOf(i18n.language)
}
