import {
  algorithmByName,
  type CodedError,
  fromBase64url,
  isCodedError,
  type Signer,
} from '@openbsn/sdk'
import { createNativeSigner } from '../crypto/native.ts'
import { type JsonObject, type JsonValue, parseJson } from '../kernel/json.ts'
import type { CliErrorCode } from './errors.ts'
import { fail } from './fail.ts'

/** Reads a JSON file of ours; whatever is wrong with it gets the code `code`. */
export function parsing<T>(
  code: CliErrorCode,
  path: string,
  text: string,
  read: (document: JsonObject) => T,
): T {
  try {
    const document = parseJson(text)
    if (!isObject(document)) throw wrong('format')
    return read(document)
  } catch (error) {
    if (!isCodedError(error)) throw error
    throw fail(code, `${path}: ${error.message}`, { cause: error })
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text member `name`. @throws a coded error, for `parsing` to take up */
export function textOf(document: JsonObject, name: string): string {
  const value = document[name]
  if (typeof value === 'string' && value !== '') return value
  throw wrong(name)
}

/** @throws a coded error, for `parsing` to take up, where the member is anything but `text` */
export function expectText(document: JsonObject, name: string, text: string): void {
  if (document[name] !== text) throw wrong(name)
}

/** The object member `name`. */
export function objectOf(document: JsonObject, name: string): JsonObject {
  const value = document[name]
  if (isObject(value)) return value
  throw wrong(name)
}

/** The member `name`, a list of objects. */
export function objectsOf(document: JsonObject, name: string): JsonObject[] {
  const value = document[name]
  if (Array.isArray(value) && value.every(isObject)) return value
  throw wrong(name)
}

/** The member `name`, a list of texts. */
export function textsOf(document: JsonObject, name: string): string[] {
  const value = document[name]
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  throw wrong(name)
}

/** The key pair from the members `algorithm` and `secret` (base64url). */
export function signerOf(key: JsonObject): Signer {
  const algorithm = algorithmByName(textOf(key, 'algorithm'))
  if (!algorithm) throw wrong('algorithm')
  return createNativeSigner(algorithm, bytesOf(key, 'secret'))
}

/** The base64url member `name`. */
export function bytesOf(document: JsonObject, name: string): Uint8Array {
  const bytes = fromBase64url(textOf(document, name))
  if (bytes) return bytes
  throw wrong(name)
}

function wrong(member: string): CodedError {
  return fail('FILE_UNUSABLE', `the member "${member}" is missing or wrong.`)
}
