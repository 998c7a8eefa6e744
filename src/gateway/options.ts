import { limits } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import { EventOptions } from './events/event-options.ts'

const milliseconds = (value: number, description: string) =>
  Type.Integer({ minimum: 1, default: value, description: `${description} Milliseconds.` })

/** How a gateway behaves. Every option has its unit, its default and its reason. */
export const GatewayOptions = Type.Object(
  {
    host: Type.String({
      default: '127.0.0.1',
      description: 'Address to listen on. Beyond loopback only with TLS.',
    }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8420,
      description: 'TCP port; 0 takes a free one.',
    }),
    bodyBytesMax: Type.Integer({
      minimum: 1024,
      default: limits.batchBytesMax,
      description: 'Body of one request, in bytes. Larger ones are refused unread.',
    }),
    bodiesBytesMax: Type.Integer({
      minimum: 1024,
      default: 256 * 1024 * 1024,
      description:
        'All bodies over 64 KiB at one time, in bytes, so that memory does not run out: 32 of ' +
        'the largest. More are refused unread, with 503.',
    }),
    headersTimeoutMs: milliseconds(10_000, 'A client that sends headers slower is cut off.'),
    requestTimeoutMs: milliseconds(
      60_000,
      'A client that needs longer for a whole request is cut off: 8 MiB at 1.2 Mbit/s fit in.',
    ),
    idleTimeoutMs: milliseconds(
      120_000,
      'A connection with no byte for so long is closed, also one whose client reads nothing.',
    ),
    keepAliveTimeoutMs: milliseconds(
      72_000,
      'An idle connection is kept so long; longer than the 60 s of common load balancers.',
    ),
    connectionsMax: Type.Integer({
      minimum: 1,
      default: 4096,
      description:
        'Connections at one time; more are closed at once, so that sockets do not run out.',
    }),
    drainTimeoutMs: milliseconds(
      30_000,
      'At the end, requests that are under way may take so long; then they are cut off.',
    ),
    drainDelayMs: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'How long /readyz says no before the gateway stops to listen, so that load ' +
        'balancers see it. Milliseconds.',
    }),
    writeWaitMs: milliseconds(
      8000,
      'A transaction that is not final on its chain by then is answered 202, and its fate is ' +
        'asked for later; shorter than clients wait before they ask another gateway.',
    ),
    slowRequestMs: milliseconds(1000, 'A request that takes longer is logged as a warning.'),
    diskFreeBytesMin: Type.Integer({
      minimum: 0,
      default: 256 * 1024 * 1024,
      description: 'With less free space, in bytes, /readyz says no: a full disk stops the ledger.',
    }),
    names: Type.Array(Type.String({ pattern: '^[a-z0-9.\\[\\]:-]{1,255}$' }), {
      default: [],
      description:
        'Host names, in lower case, with the port where it is not 443, that clients reach this ' +
        'gateway by. A signed request names one of them, or the very address, so that it is ' +
        'worth nothing at another gateway.',
    }),
    credentialPerSecond: Type.Integer({
      minimum: 1,
      default: 100_000,
      description:
        'Requests and statements a second of a credential whose own limit the ledger does not ' +
        'say; above what one machine does, so that it stops what runs wild.',
    }),
    addressPerSecond: Type.Integer({
      minimum: 1,
      default: 1000,
      description:
        'Requests a second from one address that no credential answers for, failed tries of one ' +
        'among them. Networks of IPv6 (/64) count as one.',
    }),
    limitLoopback: Type.Boolean({
      default: false,
      description: 'Whether the limit of addresses holds for this machine as well.',
    }),
    noncesMax: Type.Integer({
      minimum: 1,
      default: 500_000,
      description:
        'Signed requests that are remembered until their signatures end, so that none counts ' +
        'twice; some 100 bytes each, a fifth of them for one key. When it is full, signed ' +
        'requests are refused.',
    }),
    corsOrigins: Type.Array(Type.String({ pattern: '^https?://[^/ ]{1,255}$' }), {
      default: [],
      description:
        'Origins, such as https://app.example.org, whose pages may call this gateway from a ' +
        'browser. None by default: then no answer has a CORS header.',
    }),
    nodeProbeMs: milliseconds(
      60_000,
      'Each other city node is asked once in so long whether it is there, at addresses that ' +
        'webhooks may reach; all of them one after the other, spread over this time.',
    ),
    nodeProbeTimeoutMs: milliseconds(5000, 'A node that has not answered in time is not there.'),
    ...EventOptions.properties,
  },
  { additionalProperties: false },
)
export type GatewayOptions = Readonly<Static<typeof GatewayOptions>>

/** The given options with the defaults of the schema for the others. */
export function gatewayOptions(given: Partial<GatewayOptions>): GatewayOptions {
  const defaults = Object.entries(GatewayOptions.properties).map(([name, schema]) => [
    name,
    (schema as { default?: unknown }).default,
  ])
  return Object.freeze({ ...Object.fromEntries(defaults), ...given })
}
