export const greet = async ({ name = "stranger" }, context) => ({
  greeting: `Hello, ${name}!`,
  request_id: context.awsRequestId,
});
