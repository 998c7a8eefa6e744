import { createHash, randomBytes } from 'node:crypto'

/** A secret that stands in a link: 32 random bytes, base64url. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** What is kept of such a secret: SHA-256 in hex. It is random, so nothing slower is needed. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
