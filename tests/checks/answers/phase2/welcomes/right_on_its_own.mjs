import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});
const send = (QueueUrl, body) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));

export const handler = async ({ Records }) => {
  for (const { dynamodb: { NewImage, SequenceNumber } } of Records) {
    const email = NewImage.email.S;
    const name = NewImage.name?.S;
    if (name === undefined) {
      await send(process.env.FAILURES, { SequenceNumber, reason: `${email} has no name` });
    } else {
      await send(process.env.WELCOMES, { email, text: `Welcome, ${name}!` });
    }
  }
};
