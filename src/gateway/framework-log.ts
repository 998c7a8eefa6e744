import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from './logger.ts'

const quiet = () => {}

/**
 * What the web framework itself has to say: warnings and errors only. Its lines per request are
 * off, and so are its loggers per request.
 */
export function createFrameworkLog(logger: Logger): FastifyBaseLogger {
  const write = (level: 'warn' | 'error') => (about: unknown, message?: string) => {
    const err = about instanceof Object && 'err' in about ? about.err : about
    logger[level]({ event: 'gateway.framework', err }, message ?? 'web framework')
  }
  const log: FastifyBaseLogger = {
    level: 'warn',
    warn: write('warn'),
    error: write('error'),
    fatal: write('error'),
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    child: () => log,
  }
  return log
}
