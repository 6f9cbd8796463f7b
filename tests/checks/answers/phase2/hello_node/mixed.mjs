exports.greet = async (event, context) => ({
  greeting: `Hello, ${event.name ?? "stranger"}!`,
  request_id: context.awsRequestId,
});
