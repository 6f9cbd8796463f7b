export const greet = async (event, context) => {
  console.log({
    greeting: `Hello, ${event.name ?? "stranger"}!`,
    request_id: context.awsRequestId,
  });
};
