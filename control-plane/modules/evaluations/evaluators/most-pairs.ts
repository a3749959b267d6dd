/**
 * The most pairs of one item from each side that go together, each item in one pair at most: a maximum matching by
 * augmenting paths (Kuhn). For some hundred items a side.
 */
export function mostPairs<Item>(
  left: readonly Item[],
  right: readonly Item[],
  goTogether: (left: Item, right: Item) => boolean,
): number {
  const partners = left.map((item) => right.flatMap((other, index) => (goTogether(item, other) ? [index] : [])))
  const holders = new Map<number, number>()
  const place = (item: number, tried: Set<number>): boolean => {
    for (const partner of partners[item] ?? []) {
      if (tried.has(partner)) continue
      tried.add(partner)
      const holder = holders.get(partner)
      if (holder !== undefined && !place(holder, tried)) continue
      holders.set(partner, item)
      return true
    }
    return false
  }
  return left.filter((_, item) => place(item, new Set())).length
}
