// A receiver of webhooks without any dependency: SECRET=… node examples/webhook_receiver.mjs [port]

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const sign = (text) => Buffer.from("v1," + createHmac("sha256", process.env.SECRET).update(text).digest("base64"));
const equal = (a, b) => a.length === b.length && timingSafeEqual(a, b);

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const at = request.headers["webhook-timestamp"];
  const wanted = sign(Buffer.concat([Buffer.from(`${request.headers["webhook-id"]}.${at}.`), body]));
  const given = (request.headers["webhook-signature"] ?? "").split(" ").map((each) => Buffer.from(each));
  const isOurs = given.some((each) => equal(each, wanted)) && Math.abs(Date.now() / 1000 - at) < 300;
  console.log(isOurs ? JSON.parse(body) : "not from Seedbed");
  response.writeHead(isOurs ? 204 : 401).end();
}).listen(Number(process.argv[2] ?? 8001), "127.0.0.1");
