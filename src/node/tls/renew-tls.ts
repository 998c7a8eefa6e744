import type { Gateway } from '../../gateway/gateway.ts'
import type { Logger } from '../../gateway/logger.ts'
import { readTlsFiles, type TlsFiles } from '../../gateway/tls-files.ts'

/** Reads the files for TLS again; what is wrong is logged, and what was there stays. */
export function renewTls(files: TlsFiles, gateway: Gateway, logger: Logger): void {
  try {
    const tls = readTlsFiles(files)
    gateway.renewTls(tls)
    const until = tls.expires.toISOString()
    logger.info({ event: 'tls.renewed' }, `a new certificate, good until ${until}`)
  } catch (error) {
    logger.error({ event: 'tls.kept', err: error }, 'the certificate stays as it was')
  }
}
