export const greet = (event, context, callback) => {
  callback(null, {
    greeting: `Hello, ${event.name ?? "stranger"}!`,
    request_id: context.awsRequestId,
  });
};
