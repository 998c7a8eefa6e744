import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Outcome } from '@openbsn/sdk'

/** What a client asked for, and what it was told: one line each, on disk before it goes on. */
export type Sent = { readonly kind: 'sent'; readonly act: string; readonly statement: string }
export type Told = { readonly kind: 'told'; readonly act: string; readonly outcome: Outcome }
export type Line = Sent | Told

/** A client's own history, outside of what is tested. */
export class History {
  readonly #file: number
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'a', 0o600)
  }

  append(lines: readonly Line[]): void {
    if (lines.length === 0) return
    writeSync(this.#file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    fsyncSync(this.#file)
  }

  read(): Line[] {
    const text = readFileSync(this.#path, 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  }

  close(): void {
    closeSync(this.#file)
  }
}
