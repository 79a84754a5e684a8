// The server's API: one place that holds the key, names the routes and follows the events.

const TASKS = "v1/ai/text-to-image/seedream-v4";
const OWN = "v1/seedbed";
const DELIVERIES = "v1/webhooks/deliveries";
const STORED_KEY = "seedbed-key";
const PATIENCE = 6;

export class ApiError extends Error {
  constructor(status, message, params = [], retryAfter = 0) {
    super(message);
    this.status = status;
    this.params = params;
    this.retryAfter = retryAfter;
  }
}

/** Hears of what concerns the whole page: "key" when one is missing or refused, "link" when the connection changes. */
export const bus = new EventTarget();

const say = (type, detail) => bus.dispatchEvent(new CustomEvent(type, { detail }));
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

export const key = {
  get: () => sessionStorage.getItem(STORED_KEY) ?? localStorage.getItem(STORED_KEY) ?? "",
  /** What the header shows: it can hold no other characters, and no key of ours has any. */
  sent: () => (/^[!-~]+$/.test(key.get()) ? key.get() : "none"),
  set(value, remember) {
    key.forget();
    (remember ? localStorage : sessionStorage).setItem(STORED_KEY, value);
  },
  forget() {
    sessionStorage.removeItem(STORED_KEY);
    localStorage.removeItem(STORED_KEY);
  },
  /** Takes the key that the server's first line puts behind the address, and out of the address. */
  takeFromAddress() {
    const given = new URLSearchParams(location.hash.slice(1)).get("key");
    if (!given) return;
    key.set(given, false);
    history.replaceState(null, "", location.pathname + location.search);
  },
};

async function request(method, path, body, headers = {}, signal = undefined) {
  const answer = await fetch(path, {
    method,
    signal,
    headers: { "x-freepik-api-key": key.sent(), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) say("key", told.message);
  const params = told.invalid_params ?? [];
  const wrong = params.map((param) => `${param.name}: ${param.reason}`).join("; ");
  const retryAfter = Number(answer.headers.get("retry-after") ?? 0);
  throw new ApiError(answer.status, wrong || told.message || `The server answered ${answer.status}`, params, retryAfter);
}

const data = async (answer) => (await (await answer).json()).data;

export const vocabulary = () => data(request("GET", `${OWN}/vocabulary`));
export const reading = (prompt, signal) => data(request("POST", `${OWN}/reading`, { prompt }, {}, signal));
export const task = (id) => data(request("GET", `${OWN}/tasks/${id}`));
export const cancel = (id) => request("DELETE", `${TASKS}/${id}`);

export async function page(cursor, status, limit = 24) {
  const query = new URLSearchParams({ limit });
  if (cursor) query.set("cursor", cursor);
  if (status) query.set("status", status);
  return (await request("GET", `${OWN}/tasks?${query}`)).json();
}

export async function deliveries(cursor, outcome, limit) {
  const query = new URLSearchParams({ limit });
  if (cursor) query.set("cursor", cursor);
  if (outcome) query.set("outcome", outcome);
  const answer = await request("GET", `${DELIVERIES}?${query}`);
  return { data: (await answer.json()).data, next: answer.headers.get("x-seedbed-next-cursor") };
}

export const attempts = (id) => data(request("GET", `${DELIVERIES}/${id}`));
export const replay = (id) => request("POST", `${DELIVERIES}/${id}/replay`);
export const ownKey = () => data(request("GET", `${OWN}/key`));
export const keys = () => data(request("GET", `${OWN}/keys`));
export const createKey = (wanted) => data(request("POST", `${OWN}/keys`, wanted));
export const revokeKey = (id) => request("DELETE", `${OWN}/keys/${id}`);

export async function isReady() {
  const answer = await fetch("readyz");
  return { ready: answer.ok, ...(await answer.json()) };
}

/** Submits a request, again where the network or a full queue is in the way; the key makes that one task. */
export async function submit(wanted, wait = () => {}) {
  const once = Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join("-");
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await data(request("POST", TASKS, wanted, { "idempotency-key": once }));
    } catch (error) {
      const passes = !(error instanceof ApiError) || error.status === 503 || error.status === 429;
      if (!passes || attempt === PATIENCE) throw error;
      const seconds = error.retryAfter || attempt;
      wait(seconds, error);
      await pause(seconds);
    }
  }
}

/** Tells `onTask` of every change and `onPreview` how pictures come along, for ever; `onBack` is called whenever the stream begins anew. */
export async function follow(onTask, onPreview, onBack) {
  for (let failures = 0; ; ) {
    try {
      const answer = await request("GET", `${OWN}/events?previews=true`);
      say("link", true);
      failures = 0;
      onBack();
      await readEvents(answer.body, { task: onTask, preview: onPreview });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        await new Promise((done) => bus.addEventListener("new-key", done, { once: true }));
      }
    }
    say("link", false);
    failures += 1;
    await pause(Math.min(failures, 5));
  }
}

async function readEvents(body, hearers) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const [, name, data] = event.match(/^event: (.*)\ndata: (.*)$/) ?? [];
      hearers[name]?.(JSON.parse(data));
    }
  }
}

export const thumbnail = (told, side) => `${told.image.replace(/^images\//, "thumbnails/")}&side=${side}`;
export const submitUrl = () => new URL(TASKS, document.baseURI).href;
export const serverUrl = () => new URL(".", document.baseURI).href.replace(/\/$/, "");
