const words = (name) => ["Hello,", `${name}!`].join(" ");

exports.greet = function (event, about) {
  const name = event.name || "stranger";
  return Promise.resolve({ request_id: about.awsRequestId, greeting: words(name) });
};
