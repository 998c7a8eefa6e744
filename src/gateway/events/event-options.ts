import { type Static, Type } from 'typebox'

const milliseconds = (value: number, description: string) =>
  Type.Integer({ minimum: 1, default: value, description: `${description} Milliseconds.` })

const count = (value: number, description: string) =>
  Type.Integer({ minimum: 1, default: value, description })

/** How event streams and webhooks behave: a part of the gateway's options. */
export const EventOptions = Type.Object({
  streamsMax: count(2000, 'Event streams at one time: each holds a connection.'),
  streamsPerCredentialMax: count(20, 'Event streams of one credential at one time.'),
  streamGatherMs: milliseconds(
    50,
    'After a block is handed to the streams at the head, those that follow are gathered for so ' +
      'long: a thousand streams are woken 20 times a second and not with each block.',
  ),
  streamHeartbeatMs: milliseconds(
    15_000,
    'A stream with nothing to tell says so, so that nothing between takes it for dead.',
  ),
  streamStallMs: milliseconds(
    60_000,
    'A stream whose reader takes no byte for so long is closed; it goes on where it was.',
  ),
  streamBehindMin: count(1000, 'A slow reader that is so many positions behind is told.'),
  streamWindowMax: count(1000, 'Events on the way to a WebSocket that it has not acknowledged.'),
  streamConsumersMax: count(100, 'Names with a kept position, of one credential.'),
  streamRecheckMs: milliseconds(
    1000,
    'So soon a stream ends whose credential was revoked or frozen.',
  ),
  webhooksPerCredentialMax: count(20, 'Webhooks of one credential.'),
  webhookAttemptsMax: count(
    16,
    'An event that failed so often is a dead letter: after over an hour by the defaults.',
  ),
  webhookRetryMs: milliseconds(1000, 'Wait before the second attempt; doubles with each one.'),
  webhookRetryMsMax: milliseconds(900_000, 'Longest wait between two attempts.'),
  webhookDisableAfterSeconds: count(
    86_400,
    'A webhook whose deliveries all failed for so long is disabled. Seconds.',
  ),
  webhookConnectMs: milliseconds(5000, 'A receiver that cannot be reached in time has failed.'),
  webhookTimeoutMs: milliseconds(15_000, 'A receiver that has not answered in time has failed.'),
  webhookSecretOverlapSeconds: count(
    86_400,
    'Both signatures are sent for so long after a secret was changed. Seconds.',
  ),
  webhookDeliveriesKept: count(1000, 'Attempts of one webhook that can be looked up.'),
  webhookAllow: Type.Array(Type.String(), {
    default: [],
    description:
      'Address ranges (CIDR) that webhooks may reach although they are not public, also by ' +
      'plain http: for receivers beside the gateway.',
  }),
})
export type EventOptions = Readonly<Static<typeof EventOptions>>
