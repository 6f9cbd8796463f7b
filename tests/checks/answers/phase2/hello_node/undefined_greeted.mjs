export const greet = async (event, context) => ({
  greeting: `Hello, ${event.name}!`,
  request_id: context.awsRequestId,
});
