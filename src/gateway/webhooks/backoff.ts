export type BackoffOptions = { readonly webhookRetryMs: number; readonly webhookRetryMsMax: number }

/**
 * How long to wait after so many failed attempts, in milliseconds: doubled each time, and half of
 * it by chance, so that those who failed together do not come back together.
 */
export function backoffMs(
  attempts: number,
  { webhookRetryMs, webhookRetryMsMax }: BackoffOptions,
  chance: () => number,
): number {
  const whole = Math.min(webhookRetryMsMax, webhookRetryMs * 2 ** Math.min(attempts - 1, 40))
  return Math.ceil(whole / 2 + (whole / 2) * chance())
}
