import { randomUUID } from "node:crypto";

const prices = new Map(Object.entries({ print: 3, frame: 20, album: 45 }));
const till = randomUUID();

const priceOf = (item) => {
  if (!prices.has(item)) throw new Error(`not sold here: ${item}`);
  return prices.get(item);
};

export const handler = async ({ items }) => ({
  items: items.length,
  total: items.map(priceOf).reduce((sum, price) => sum + price, 0),
  till,
});
