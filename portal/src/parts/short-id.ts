/** The first and last characters of what is too long to read; short texts stay whole. */
export function shortId(id: string, { head = 8, tail = 6 } = {}): string {
  if (id.length <= head + tail + 3) return id
  return `${id.slice(0, head)}…${id.slice(-tail)}`
}
