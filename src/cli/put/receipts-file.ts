import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Claims, equalBytes, fromBase64url, parseStatement } from '@openbsn/sdk'
import { fail } from '../fail.ts'
import { folderUnusable } from '../files.ts'

/** One line of the file: what proves one row. Bytes as base64url. */
export type ReceiptLine = {
  readonly index: number
  readonly statement: string
  readonly receipt: string
}

/** Who the rows are registered by, and where: receipts of anything else do not belong here. */
export type ReceiptsScope = {
  readonly ledger: string
  readonly service: string
  readonly credential: string
}

/**
 * Receipts of rows, a line each, in the order of the rows. First it is read along with the rows,
 * to find those that are done; from the first one that is not, it is written.
 */
export interface ReceiptsFile {
  /**
   * True where the next line is of the act `actId`, which then counts as done. After the first
   * false the file ends there, and takes new lines. `later` makes ids of acts that may come after.
   * @throws RECEIPTS_OF_OTHER_INPUT, RECEIPTS_FILE_BROKEN; the file is then left as it was
   */
  isDone(actId: Uint8Array, later: () => Iterable<Uint8Array>): Promise<boolean>
  /** Call it after the last row. @throws RECEIPTS_OF_OTHER_INPUT where lines are left over */
  endOfRows(): Promise<void>
  append(lines: readonly ReceiptLine[]): Promise<void>
  close(): Promise<void>
}

/** The file is made where it does not exist. @throws FILE_UNUSABLE */
export async function openReceiptsFile(path: string, scope: ReceiptsScope): Promise<ReceiptsFile> {
  const handle = await open(path, 'a+', 0o600).catch((cause: unknown) => {
    throw folderUnusable(path, cause)
  })
  return new ResumableFile(path, scope, handle)
}

type StoredLine = { readonly actId: Uint8Array; readonly end: number }

class ResumableFile implements ReceiptsFile {
  readonly #path: string
  readonly #scope: ReceiptsScope
  readonly #handle: FileHandle
  readonly #lines: AsyncGenerator<StoredLine>
  #isReading = true
  #doneBytes = 0

  constructor(path: string, scope: ReceiptsScope, handle: FileHandle) {
    this.#path = path
    this.#scope = scope
    this.#handle = handle
    this.#lines = this.#stored()
  }

  async isDone(actId: Uint8Array, later: () => Iterable<Uint8Array>): Promise<boolean> {
    if (!this.#isReading) return false
    const { value, done } = await this.#lines.next()
    if (!done && equalBytes(value.actId, actId)) {
      this.#doneBytes = value.end
      return true
    }
    // A gap is a row that was refused: it is tried again, so lines from there on are made anew.
    if (!done && !isAmong(value.actId, later())) throw this.#otherInput('rows of another input')
    await this.#startWriting()
    return false
  }

  async endOfRows(): Promise<void> {
    if (!this.#isReading) return
    const { done } = await this.#lines.next()
    if (!done) throw this.#otherInput('more receipts than the input has rows')
    await this.#startWriting()
  }

  async append(lines: readonly ReceiptLine[]): Promise<void> {
    await this.#handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined)
    if (!this.#isReading) await this.#handle.sync()
    await this.#handle.close()
  }

  async #startWriting(): Promise<void> {
    this.#isReading = false
    await this.#handle.truncate(this.#doneBytes)
  }

  #otherInput(what: string) {
    return fail('RECEIPTS_OF_OTHER_INPUT', `${this.#path} holds ${what}.`)
  }

  /** The complete lines. What follows the last newline was torn off in mid-write. */
  async *#stored(): AsyncGenerator<StoredLine> {
    let rest = Buffer.alloc(0)
    let number = 0
    let end = 0
    for await (const chunk of createReadStream(this.#path)) {
      rest = Buffer.concat([rest, chunk as Buffer])
      let start = 0
      for (let at = rest.indexOf(10); at !== -1; at = rest.indexOf(10, start)) {
        number++
        end += at + 1 - start
        yield { actId: this.#actIdOf(rest.toString('utf8', start, at), number), end }
        start = at + 1
      }
      rest = rest.subarray(start)
    }
    const isOurs = rest.length === 0 || '{"index":'.startsWith(rest.toString('latin1', 0, 9))
    if (number === 0 && !isOurs) throw this.#broken(1)
  }

  #actIdOf(line: string, number: number): Uint8Array {
    const claims = claimsOf(line)
    if (!claims?.cti) throw this.#broken(number)
    const { ledger, service, credential } = this.#scope
    if (claims.aud !== ledger) throw this.#otherInput(`receipts of the ledger ${claims.aud}`)
    if (claims.sub !== service) throw this.#otherInput(`receipts of the service ${claims.sub}`)
    // What a city node signed names the credential that it did it for.
    const by = claims.credential ?? claims.iss
    if (by !== credential) throw this.#otherInput(`receipts of the credential ${by}`)
    return claims.cti
  }

  #broken(line: number) {
    return fail('RECEIPTS_FILE_BROKEN', `${this.#path}, line ${line}: no receipt stands there.`)
  }
}

function isAmong(actId: Uint8Array, ids: Iterable<Uint8Array>): boolean {
  for (const id of ids) if (equalBytes(id, actId)) return true
  return false
}

function claimsOf(line: string): Claims | undefined {
  try {
    const { statement } = JSON.parse(line) as Partial<ReceiptLine>
    const bytes = fromBase64url(String(statement))
    return bytes && parseStatement(bytes).claims
  } catch {
    return undefined
  }
}
