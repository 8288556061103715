// Sends calls through Segment's official library: node send.js HOST < calls.json
//
// calls.json is [["track", {…}], …]. Prints the requests that the library made and how they were answered as one JSON
// array; exits with 1 where a call was not delivered.
const fs = require('fs');
const { Analytics } = require('@segment/analytics-node');

const analytics = new Analytics({ writeKey: 'a-key', host: process.argv[2], maxRetries: 0 });
const requests = [];
analytics.on('http_request', ({ url, method, headers }) => requests.push({ url, method, headers }));
analytics.on('error', (error) => {
  console.error(error);
  process.exitCode = 1;
});
for (const [method, call] of JSON.parse(fs.readFileSync(0, 'utf8'))) analytics[method](call);
analytics.closeAndFlush({ timeout: 10000 }).then(() => console.log(JSON.stringify(requests)));
