/** Writes keys of its own, so many at a time, until it is told to end. */
export function writeOn(write: (key: string) => Promise<unknown>, atOnce: number) {
  const written: string[] = []
  const failed: unknown[] = []
  let [count, isEnded, lastMs, longestMs] = [0, false, performance.now(), 0]
  const run = async () => {
    while (!isEnded) {
      const key = `k${count++}`
      try {
        await write(key)
        written.push(key)
        longestMs = Math.max(longestMs, performance.now() - lastMs)
        lastMs = performance.now()
      } catch (error) {
        failed.push(error)
      }
    }
  }
  const ended = Promise.all(Array.from({ length: atOnce }, run))
  const end = async () => {
    isEnded = true
    await ended
    return { written, failed, longestMs }
  }
  return { written, end }
}
