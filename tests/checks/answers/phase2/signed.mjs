// Requests to AWS with nothing but Node.js: Signature Version 4.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from "node:crypto";

const { env } = process;
const hash = (data) => createHash("sha256").update(data).digest("hex");
const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
const strict = (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, strict);

export const call = async (service, method, { path = "", body = "", extra = {} }) => {
  const host = `https://${service}.${env.AWS_REGION}.amazonaws.com`;
  const where = `/${path.split("/").map(encode).join("/")}`;
  const url = new URL((env.AWS_ENDPOINT_URL ?? host) + where);
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = {
    ...extra,
    host: url.host,
    "x-amz-content-sha256": hash(body),
    "x-amz-date": now,
    "x-amz-security-token": env.AWS_SESSION_TOKEN,
  };
  const names = Object.keys(headers).sort();
  const signed = names.join(";");
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const request = [method, where, "", lines, signed, hash(body)].join("\n");
  const scope = `${now.slice(0, 8)}/${env.AWS_REGION}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", now, scope, hash(request)].join("\n");
  const key = scope.split("/").reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope}, ` +
    `SignedHeaders=${signed}, Signature=${signature}`;
  delete headers.host;
  const init = { method, headers: { ...headers, authorization } };
  return fetch(url, body ? { ...init, body } : init);
};
