import { createHash } from 'node:crypto'

/**
 * SM2 with SM3 (GB/T 32918.2) with arithmetic of its own: OpenSSL as Node has it knows no user id
 * for signatures, and the ledger's own verifier shall not judge itself. SM3 is OpenSSL's.
 */

/** The curve of GB/T 32918.5, whose a is -3. */
const prime = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn
const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const b = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n
const base: Affine = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
]

type Affine = readonly [x: bigint, y: bigint]
/** x / z² and y / z³; z = 0 at infinity. */
type Point = readonly [x: bigint, y: bigint, z: bigint]

const infinity: Point = [1n, 1n, 0n]

function mod(value: bigint, by = prime): bigint {
  const rest = value % by
  return rest < 0n ? rest + by : rest
}

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

/** A point from its coordinates; undefined where it is none of the curve. */
export function sm2Point(xBytes: Uint8Array, yBytes: Uint8Array): Affine | undefined {
  const [x, y] = [numberOf(xBytes), numberOf(yBytes)]
  if (x >= prime || y >= prime) return undefined
  return mod(y * y) === mod(x * x * x - 3n * x + b) ? [x, y] : undefined
}

function double([x, y, z]: Point): Point {
  const square = mod(y * y)
  const beta = mod(4n * x * square)
  const zz = mod(z * z)
  const slope = mod(3n * (x - zz) * (x + zz))
  const x3 = mod(slope * slope - 2n * beta)
  return [x3, mod(slope * (beta - x3) - 8n * square * square), mod(2n * y * z)]
}

function add(one: Point, other: Point): Point {
  const [[x1, y1, z1], [x2, y2, z2]] = [one, other]
  if (z1 === 0n) return other
  if (z2 === 0n) return one
  const [zz1, zz2] = [mod(z1 * z1), mod(z2 * z2)]
  const [u1, s1] = [mod(x1 * zz2), mod(y1 * zz2 * z2)]
  const h = mod(x2 * zz1 - u1)
  const slope = mod(y2 * zz1 * z1 - s1)
  if (h === 0n) return slope === 0n ? double(one) : infinity
  const hh = mod(h * h)
  const [cube, v] = [mod(h * hh), mod(u1 * hh)]
  const x3 = mod(slope * slope - cube - 2n * v)
  return [x3, mod(slope * (v - x3) - s1 * cube), mod(z1 * z2 * h)]
}

/** [s]G + [t]P, both in one walk over the bits. */
function sum(s: bigint, t: bigint, key: Affine): Point {
  const [g, p]: [Point, Point] = [
    [...base, 1n],
    [...key, 1n],
  ]
  const table = [infinity, g, p, add(g, p)] as const
  let result = infinity
  for (let bit = 255n; bit >= 0n; bit--) {
    const choice = Number(((s >> bit) & 1n) | (((t >> bit) & 1n) << 1n))
    result = add(double(result), table[choice] ?? infinity)
  }
  return result
}

/** By Fermat: value^(p - 2). */
function inverse(value: bigint): bigint {
  let [out, square] = [1n, value]
  for (let rest = prime - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = mod(out * square)
    square = mod(square * square)
  }
  return out
}

const sm3 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const userId = Buffer.from('1234567812345678')

/** The hash of whoever has the key: Z of the standard. */
function userHash(key: Affine): Buffer {
  const numbers = [prime - 3n, b, ...base, ...key].map(bytesOf)
  return sm3(Buffer.of(0, userId.length * 8), userId, ...numbers)
}

/** Whether signatures r ‖ s hold, of one key. */
export function sm2Verifier(key: Affine): (message: Uint8Array, signature: Uint8Array) => boolean {
  const user = userHash(key)
  return (message, signature) => {
    const [r, s] = [numberOf(signature.subarray(0, 32)), numberOf(signature.subarray(32))]
    if (r === 0n || r >= order || s === 0n || s >= order) return false
    const t = mod(r + s, order)
    if (t === 0n) return false
    const [x, , z] = sum(s, t, key)
    if (z === 0n) return false
    const e = numberOf(sm3(user, message))
    return mod(e + mod(x * inverse(mod(z * z))), order) === r
  }
}
