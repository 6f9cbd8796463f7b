import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const store = new S3Client({});
const decoded = (key) => decodeURIComponent(key.replaceAll("+", " "));

const count = async ({ bucket, object }) => {
  const Bucket = bucket.name;
  const file = decoded(object.key);
  const upload = await store.send(new GetObjectCommand({ Bucket, Key: file }));
  const text = await upload.Body.transformToString();
  const words = text.match(/\S+/g)?.length ?? 0;
  const Key = `${file.replace(/^incoming/, "reports")}.json`;
  const Body = JSON.stringify({ words, file, counted_by: "node" });
  await store.send(new PutObjectCommand({ Bucket, Key, Body }));
};

export const handler = async ({ Records }) => {
  await Promise.all(Records.map(({ s3 }) => count(s3)));
};
