/** What somebody types of a session at a terminal, without what is printed. */
export function commandsOf(session: string): string {
  return session
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2))
    .join('\n')
}
