import assert from 'node:assert/strict'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { isProgram } from './is-program.ts'

/** The machine's own Chromium; undefined where it has none. */
export function chromiumProgram(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'chromium')).find(isProgram)
}

/** The machine's own Chromium, closed after the test. Asks `needs(t, 'chromium')` first. */
export async function openBrowser(t: Pick<TestContext, 'after'>): Promise<Browser> {
  const executablePath = chromiumProgram()
  assert(executablePath, 'a test asks needs(t, "chromium") first')
  // Containers and root have no sandbox; what is opened here is our own alone.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  return browser
}
