import { randomUUID } from "node:crypto";
import { call } from "./signed.mjs";

const table = process.env.TABLE;
const json = { "content-type": "application/json" };
const answer = (statusCode, body) =>
  body ? { statusCode, headers: json, body: JSON.stringify(body) } : { statusCode };
const noteOf = (item) => item && { id: item.id.S, text: item.text.S };

const dynamodb = async (operation, request) => {
  const reply = await call("dynamodb", "POST", {
    body: JSON.stringify({ TableName: table, ...request }),
    extra: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    },
  });
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
};

const find = async (id) => {
  const { Item } = await dynamodb("GetItem", { Key: { id: { S: id } } });
  return noteOf(Item);
};

const textIn = ({ body = "", isBase64Encoded }) => {
  try {
    const sent = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
    const { text } = JSON.parse(sent);
    return typeof text === "string" && text.length <= 10_000 ? text : undefined;
  } catch {
    return undefined;
  }
};

const add = async (event) => {
  const text = textIn(event);
  if (text === undefined) return answer(400, { message: "a note has a text" });
  const id = randomUUID();
  await dynamodb("PutItem", { Item: { id: { S: id }, text: { S: text } } });
  return answer(201, { id, text });
};

const all = async () => {
  const { Items } = await dynamodb("Scan", {});
  return answer(200, { notes: Items.map(noteOf) });
};

const one = async (method, id) => {
  const note = await find(id);
  if (!note) return answer(404, { message: "no such note" });
  if (method === "GET") return answer(200, note);
  if (method !== "DELETE") return answer(405, { message: "GET or DELETE" });
  await dynamodb("DeleteItem", { Key: { id: { S: id } } });
  return answer(204);
};

export const handler = async (event) => {
  const { method } = event.requestContext.http;
  const [, notes, id, ...rest] = event.rawPath.split("/");
  if (notes !== "notes" || rest.length) return answer(404, { message: "not here" });
  if (id) return one(method, decodeURIComponent(id));
  if (method === "POST") return add(event);
  if (method === "GET") return all();
  return answer(405, { message: "GET or POST" });
};
