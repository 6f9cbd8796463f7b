import { createHash, randomUUID } from "node:crypto";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});
const TableName = process.env.TABLE;

const checks = {
  name: value => value.length <= 100,
  email: value => value.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value),
  message: value => value.length <= 5000,
};

const reply = (statusCode, body) => ({
  statusCode,
  headers: { "Content-Type": "application/json; charset=utf-8" },
  body: JSON.stringify(body),
});

export const form = async event => {
  const method = event.requestContext.http.method;
  if (method !== "POST" || event.rawPath !== "/contact") return reply(404, {});
  let sent;
  try {
    const raw = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
    sent = JSON.parse(raw.toString("utf8"));
  } catch {
    sent = null;
  }
  const given = sent ?? {};
  const errors = Object.entries(checks)
    .filter(([field, check]) => {
      const value = given[field];
      return !(typeof value === "string" && value.trim() && check(value));
    })
    .map(([field]) => ({ field, message: `Please look at your ${field}.` }));
  if (errors.length) return reply(400, { errors });

  const key = event.headers["idempotency-key"] ?? randomUUID();
  const id = createHash("sha1").update(key).digest("base64url");
  if (given.website) return reply(201, { id });
  const until = Math.floor(Date.now() / 1000) + 90 * 86400;
  try {
    await client.send(new PutItemCommand({
      TableName,
      Item: {
        token: { S: id },
        name: { S: given.name },
        email: { S: given.email },
        message: { S: given.message },
        until: { N: String(until) },
      },
      ConditionExpression: "attribute_not_exists(#token)",
      ExpressionAttributeNames: { "#token": "token" },
    }));
  } catch (fault) {
    if (fault.name !== "ConditionalCheckFailedException") throw fault;
  }
  return reply(201, { id });
};

const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const safe = text => text.replace(/[&<>"']/g, sign => signs[sign]);

export const list = async () => {
  const found = await client.send(new ScanCommand({ TableName }));
  const items = found.Items.map(item => {
    const { name, email, message } = item;
    return `<li>${safe(name.S)} (${safe(email.S)}): <p>${safe(message.S)}</p></li>`;
  });
  return `<ul>${items.join("")}</ul>`;
};
