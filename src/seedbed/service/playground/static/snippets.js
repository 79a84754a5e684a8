// A task as code that draws it again.

import { serverUrl, submitUrl } from "./api.js";
import { requestOf } from "./store.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(task) {
  const body = JSON.stringify(requestOf(task));
  return `curl ${quoted(submitUrl())} \\\n  -H "x-freepik-api-key: $KEY" \\\n  -d ${quoted(body)}\n`;
}

export function python(task) {
  const { prompt, aspect_ratio, guidance_scale, seed } = requestOf(task);
  const text = JSON.stringify(prompt);
  return `import os

from seedbed import Client

with Client(${JSON.stringify(serverUrl())}, api_key=os.environ["KEY"]) as client:
    picture = client.generate(
        ${text},
        aspect_ratio="${aspect_ratio}",
        guidance_scale=${guidance_scale},
        seed=${seed},
    )
    picture.save("picture.jpeg")
`;
}
