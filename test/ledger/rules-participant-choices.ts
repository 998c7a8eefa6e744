import type { Books, ModelAct } from './rules-books.ts'
import type { Chance } from './rules-chance.ts'
import { anyKey, type Choose, expected } from './rules-names.ts'

/** Acts on participants by chance. */

export const participantChoices: readonly (readonly [number, Choose])[] = [
  [3, newParticipant],
  [6, participantMove],
]

function newParticipant(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf, pick } = chance
  const service = pick([...books.services.keys()], 'nowhere')
  const role = oneIn(8) ? 'nobody' : oneOf('writer', 'writer', 'reader')
  if (oneIn(2)) return { does: 'participant-apply', fields: { service, role } }
  const id = oneOf('p1', 'p2', 'p3', 'bob')
  return { does: 'participant-invite', fields: { service, id, role, key: anyKey(chance) } }
}

const usual: Readonly<Record<string, string>> = {
  invited: 'join',
  applied: 'approve',
  left: 'join',
  rejected: 'approve',
  removed: 'approve',
}

function participantMove(books: Books, _: number, chance: Chance): ModelAct {
  const name = chance.pick([...books.participants.keys()], 'nowhere/p1')
  const [service = '', id = ''] = name.split('/')
  const any = chance.oneOf('join', 'approve', 'reject', 'leave', 'remove')
  const verb = usual[books.participants.get(name)?.status ?? ''] ?? any
  const expect = expected(books.participants, name, chance)
  const does = `participant-${chance.oneIn(3) ? any : verb}`
  if (verb === any && !chance.oneIn(3)) return newParticipant(books, 0, chance)
  return { does, fields: { service, id, expect } }
}
