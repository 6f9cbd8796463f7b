import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Jimp } from "jimp";

const s3 = new S3Client({});
const decoded = (key) => decodeURIComponent(key.replaceAll("+", " "));

export const handler = async ({ Records }) => {
  for (const { s3: { bucket, object } } of Records) {
    await work(bucket.name, decoded(object.key));
  }
};

const work = async (Bucket, key) => {
  const found = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
  const name = key.slice("originals/".length);
  const thumb = `thumbs/${name}.jpg`;
  const rejection = `rejected/${name}.json`;
  for (const made of [thumb, rejection]) {
    if (await madeOf(Bucket, made) === found.ETag) return;
  }
  const content = Buffer.from(await found.Body.transformToByteArray());
  const about = { Bucket, Metadata: { of: found.ETag } };
  let made;
  try {
    made = { Key: thumb, Body: await small(content), ContentType: "image/jpeg" };
  } catch (fault) {
    const Body = JSON.stringify({ file: key, reason: `no picture: ${fault}` });
    made = { Key: rejection, Body, ContentType: "application/json" };
  }
  await s3.send(new PutObjectCommand({ ...about, ...made }));
};

const madeOf = async (Bucket, Key) => {
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Metadata.of;
  } catch (missing) {
    if (missing.$metadata?.httpStatusCode !== 404) throw missing;
  }
};

const small = async (content) => {
  const picture = await Jimp.fromBuffer(content);
  const { width, height } = picture;
  if (Math.max(width, height) > 256) picture.scaleToFit({ w: 256, h: 256 });
  const sheet = new Jimp({ width: picture.width, height: picture.height, color: 0xffffffff });
  return sheet.composite(picture).getBuffer("image/jpeg");
};
