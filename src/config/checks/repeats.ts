/** An item whose key an earlier item has, and that item. */
export interface Repeat<Item> {
  readonly item: Item;
  readonly first: Item;
}

/** The items of a list that say again what an earlier one says. */
export function repeatsOf<Item>(items: readonly Item[], keyOf: (item: Item) => string): Repeat<Item>[] {
  const firsts = new Map<string, Item>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    const first = firsts.get(key);
    if (first !== undefined) return [{ item, first }];
    firsts.set(key, item);
    return [];
  });
}
