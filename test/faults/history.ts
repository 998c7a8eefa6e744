import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { Outcome } from '@openbsn/sdk'

/** What a client asked for, and what it was told: one line each, on disk before it goes on. */
export type Sent = { readonly kind: 'sent'; readonly act: string; readonly statement: string }
export type Told = { readonly kind: 'told'; readonly act: string; readonly outcome: Outcome }

/** A JSON record that is sent, for the first time or again, under an Idempotency-Key. */
export type Asked = {
  readonly kind: 'asked'
  readonly key: string
  readonly service: string
  readonly credential: string
  readonly value: unknown
}
/** What came back. Without an answer there is no such line: its fate is unknown. */
export type Answered = {
  readonly kind: 'answered'
  readonly key: string
  readonly status: number
  readonly index?: number
}
/** What became of it, as asked later: `ms` after everything worked again. */
export type Looked = {
  readonly kind: 'looked'
  readonly key: string
  readonly state: string
  readonly index?: number
  readonly ms: number
}

/** A reader of events is connected; from this position on, where it said one. */
export type Opened = { readonly kind: 'opened'; readonly from?: number }
/** An event that a reader had, or a webhook's receiver said yes to. */
export type Had = {
  readonly kind: 'had'
  readonly position: number
  readonly id: string
  /** The record, in base64url. */
  readonly payload: string
}

export type Line = Sent | Told | Asked | Answered | Looked | Opened | Had

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
    return [...this.lines()]
  }

  /** One after the other: all of a long run would not fit into memory. */
  *lines(): Generator<Line> {
    const [file, chunk] = [openSync(this.#path, 'r'), Buffer.alloc(1024 * 1024)]
    const decoder = new StringDecoder('utf8')
    let rest = ''
    try {
      for (let size = -1; size !== 0; ) {
        size = readSync(file, chunk)
        const lines = (rest + decoder.write(chunk.subarray(0, size))).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) yield JSON.parse(line) as Line
      }
    } finally {
      closeSync(file)
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}
