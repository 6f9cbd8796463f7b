import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";

const TableName = process.env.TABLE;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const json = { "content-type": "application/json" };
const answer = (statusCode, body) =>
  body ? { statusCode, headers: json, body: JSON.stringify(body) } : { statusCode };

const find = async (id) => {
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id } }));
  return Item;
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
  const Item = { id: randomUUID(), text };
  await table.send(new PutCommand({ TableName, Item }));
  return answer(201, Item);
};

const all = async () => {
  const { Items } = await table.send(new ScanCommand({ TableName }));
  return answer(200, { notes: Items });
};

const one = async (method, id) => {
  const note = await find(id);
  if (!note) return answer(404, { message: "no such note" });
  if (method === "GET") return answer(200, note);
  if (method !== "DELETE") return answer(405, { message: "GET or DELETE" });
  await table.send(new DeleteCommand({ TableName, Key: { id } }));
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
