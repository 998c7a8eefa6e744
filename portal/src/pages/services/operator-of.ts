import type { ServiceObject } from '@openbsn/sdk'

/** The member behind a publisher such as `operator/bank`: its nodes are shown API keys. */
export const operatorOf = ({ publisher = '' }: Pick<ServiceObject, 'publisher'>): string =>
  publisher.replace(/^\w+\//, '')
