/** The parts of the portal, in the order of the header. */
export const sections = [
  ['explore', '/explore'],
  ['services', '/services'],
  ['nodes', '/nodes'],
  ['alliance', '/alliance'],
  ['audit', '/audit'],
  ['receipt', '/receipt'],
  ['docs', '/docs'],
] as const
