/* Which page belongs to whom. */
export function roleOf(site) {
  if (site.me.role === 'screen')
    return '/screen';
  return site.me.role === 'official' ? '/phone' : '/console';
}
