/**
 * Looks again and again, as long as something is under way; what cannot be seen now is looked at
 * later. Settles as what is under way does.
 */
export async function watchWhile<T>(
  sent: Promise<T>,
  look: () => Promise<unknown>,
  everyMs = 400,
): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  const ended = sent.then(over, over)
  while (!isOver) {
    await Promise.race([ended, new Promise((go) => setTimeout(go, everyMs))])
    if (!isOver) await Promise.race([ended, look().catch(() => undefined)])
  }
  return sent
}
