import { limits } from '@openbsn/sdk'
import type { Check } from '../../../parts/form-checks.ts'

const urlMax = 2048

/** Where events are to go: whether the gateway may go there, it says itself. */
export const checkReceiver: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  if (text.trim().length > urlMax) return { what: 'long', count: urlMax }
  const url = URL.parse(text.trim())
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? undefined : { what: 'url' }
}

const atMost =
  (count: number): Check =>
  (text) =>
    new TextEncoder().encode(text.trim()).length > count ? { what: 'long', count } : undefined

/** Of a filter, or nothing. */
export const checkFilterKey: Check = atMost(limits.recordKeyBytesMax)
export const checkContentType: Check = atMost(255)

/** What a filter of these texts is: what is empty is not looked at. */
export function filterOf({ key, contentType }: { key: string; contentType: string }) {
  return {
    ...(key.trim() === '' ? {} : { key: key.trim() }),
    ...(contentType.trim() === '' ? {} : { contentType: contentType.trim() }),
  }
}

/** What is typed to delete a webhook: the host of its receiver. */
export const hostOf = (url: string): string => URL.parse(url)?.host ?? url
