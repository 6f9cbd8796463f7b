import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

const sqs = new SQSClient({});

async function welcome({ email, name }) {
  const text = `Welcome, ${name.S}!`;
  const MessageBody = JSON.stringify({ email: email.S, text });
  await sqs.send(
    new SendMessageCommand({ QueueUrl: process.env.WELCOMES, MessageBody }),
  );
}

export const handler = async (event) => {
  const batchItemFailures = [];
  for (const { dynamodb } of event.Records) {
    try {
      await welcome(dynamodb.NewImage);
    } catch {
      batchItemFailures.push({ itemIdentifier: dynamodb.SequenceNumber });
      break;
    }
  }
  return { batchItemFailures };
};
