import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});
const TableName = process.env.TABLE;

const reply = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const shown = item => ({ id: item.id.S, price: Number(item.price.N) });

async function store(id, body) {
  let price;
  try {
    ({ price } = JSON.parse(body));
  } catch {
    return reply(400, { message: "no JSON" });
  }
  if (typeof price !== "number" || price < 0) return reply(400, { message: "no price" });
  const Item = { id: { S: id }, price: { N: String(price) } };
  await client.send(new PutItemCommand({ TableName, Item }));
  return reply(200, shown(Item));
}

async function all(token) {
  const start = token && JSON.parse(Buffer.from(token, "base64").toString());
  const page = await client.send(
    new ScanCommand({ TableName, Limit: 40, ExclusiveStartKey: start || undefined }),
  );
  const last = page.LastEvaluatedKey;
  const next = last && Buffer.from(JSON.stringify(last)).toString("base64");
  return reply(200, { prices: page.Items.map(shown), next });
}

export const handler = async event => {
  const id = event.pathParameters?.id;
  if (event.routeKey.startsWith("PUT")) return store(id, event.body ?? "");
  if (!id) return all(event.queryStringParameters?.next);
  const found = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
  return found.Item ? reply(200, shown(found.Item)) : reply(404, { message: "none" });
};
