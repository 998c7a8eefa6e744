import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { ready } from './portal-world.ts'

/** What one step did: how long until it was painted, and how many rows were in the page then. */
type Step = { readonly ms: number; readonly rows: number }

/** Opens the entries of a service, and goes to the end until so many are there. */
export async function openLongList(
  page: Page,
  { address, rows }: { readonly address: string; readonly rows: number },
): Promise<void> {
  await page.goto(`${address}/explore/entries?service=flights`)
  await ready(page)
  const loaded = await page.evaluate(loadRows, { wanted: rows, withinMs: 120_000 })
  assert.ok(loaded >= rows, `${loaded} of ${rows} rows came`)
}

async function loadRows({ wanted, withinMs }: { wanted: number; withinMs: number }) {
  const endMs = performance.now() + withinMs
  const body = document.querySelector('tbody')
  const height = body?.querySelector('tr')?.offsetHeight ?? 1
  const count = () => Math.round((body?.scrollHeight ?? 0) / height)
  while (body && count() < wanted && performance.now() < endMs) {
    body.scrollTop = body.scrollHeight
    await new Promise(requestAnimationFrame)
  }
  return count()
}

/** Goes to places all over the list; each step ends when the rows of its place are painted. */
export function scrollSteps(page: Page, steps: number): Promise<Step[]> {
  return page.evaluate(scroll, steps)
}

async function scroll(steps: number): Promise<Step[]> {
  const body = document.querySelector('tbody')
  if (!body) return []
  const done: Step[] = []
  const height = body.querySelector('tr')?.offsetHeight ?? 1
  const middle = body.clientHeight / 2
  const isShown = (top: number) => {
    const row = Math.floor((top + middle) / height) + 2
    return body.querySelector(`tr[aria-rowindex="${row}"]`) !== null
  }
  for (let step = 1; step <= steps; step++) {
    // Far from the place before, and not at the end, where more would be asked for.
    const place = ((step * 7919) % 1000) / 1000
    const top = Math.floor((body.scrollHeight - body.clientHeight) * 0.95 * place)
    await new Promise(requestAnimationFrame)
    const begun = performance.now()
    body.scrollTop = top
    do await new Promise(requestAnimationFrame)
    while (!isShown(top) && performance.now() - begun < 10_000)
    // The frame after is called when this one was painted.
    await new Promise(requestAnimationFrame)
    done.push({ ms: performance.now() - begun, rows: body.querySelectorAll('tr').length })
  }
  return done
}

/** Types each of the texts into the filter; a step ends when their number is painted. */
export function filterSteps(page: Page, texts: readonly string[]): Promise<Step[]> {
  return page.evaluate(filter, texts)
}

async function filter(texts: readonly string[]): Promise<Step[]> {
  const field = document.querySelector<HTMLInputElement>('.table-bar input')
  const said = () => document.querySelector('.table-bar [role=status]')?.textContent
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
  if (!field || !setValue) return []
  const done: Step[] = []
  for (const text of texts) {
    await new Promise(requestAnimationFrame)
    const before = said()
    const begun = performance.now()
    setValue.call(field, text)
    field.dispatchEvent(new Event('input', { bubbles: true }))
    do await new Promise(requestAnimationFrame)
    while (said() === before && performance.now() - begun < 10_000)
    await new Promise(requestAnimationFrame)
    const rows = document.querySelectorAll('tbody tr').length
    done.push({ ms: performance.now() - begun, rows })
  }
  return done
}
