import { call } from "./signed.mjs";

const decoded = (key) => decodeURIComponent(key.replaceAll("+", " "));

const count = async ({ bucket, object }) => {
  const file = decoded(object.key);
  const upload = await call("s3", "GET", { path: `${bucket.name}/${file}` });
  if (!upload.ok) throw new Error(`${upload.status} for ${file}`);
  const words = (await upload.text()).match(/\S+/g)?.length ?? 0;
  const report = file.replace(/^incoming/, `${bucket.name}/reports`);
  const body = JSON.stringify({ words, file, counted_by: "node" });
  const put = await call("s3", "PUT", { path: `${report}.json`, body });
  if (!put.ok) throw new Error(`${put.status} for ${report}`);
};

export const handler = async ({ Records }) => {
  await Promise.all(Records.map(({ s3 }) => count(s3)));
};
