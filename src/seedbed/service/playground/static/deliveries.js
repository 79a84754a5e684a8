// What became of webhooks: recent events, their attempts, and telling one again.

import * as api from "./api.js";
import { $, make, plural, showError, toast } from "./dom.js";
import { isShown } from "./tabs.js";

const LOOK_SECONDS = 4;
const PAGE = 100;

let cursor = null;
let timer;

const time = (text) => new Date(text).toLocaleString();
const statusOf = (id) => id.replace(/^msg_[0-9a-f-]+_/, "").replaceAll("_", " ");

/** Attempts, newest first, as events: each with its newest attempt. */
function newestOfEach(attempts) {
  const events = new Map();
  for (const attempt of attempts) if (!events.has(attempt.webhook_id)) events.set(attempt.webhook_id, attempt);
  return [...events.values()];
}

function outcomeText({ outcome, attempt, next_at }) {
  const tries = plural(attempt, "attempt");
  // An end that came meanwhile is told instead of what failed: nothing is due then.
  if (outcome === "failed") return next_at && new Date(next_at) > new Date() ? `failed, next try ${new Date(next_at).toLocaleTimeString()}` : "failed";
  return outcome === "given up" ? `given up after ${tries}` : `delivered, ${tries}`;
}

function event(newest) {
  const body = make("div", { className: "attempts" });
  const item = make("details", { id: `event-${newest.webhook_id}`, ontoggle: () => item.open && fill(newest, body) });
  item.append(make("summary", {}, make("span", { className: "outcome" }), make("span", { className: "event-name", textContent: statusOf(newest.webhook_id) }), make("time"), make("code", { textContent: newest.task_id })), body);
  return update(item, newest);
}

function update(item, newest) {
  const seen = `${newest.made_at} ${newest.outcome}`;
  if (item.dataset.seen === seen) return item;
  item.dataset.seen = seen;
  item.dataset.outcome = newest.outcome;
  item.querySelector(".outcome").textContent = outcomeText(newest);
  item.querySelector("time").textContent = time(newest.made_at);
  if (item.open) fill(newest, item.querySelector(".attempts"));
  return item;
}

async function fill({ webhook_id, task_id }, body) {
  try {
    const [attempts, task] = await Promise.all([api.attempts(webhook_id), api.task(task_id).catch(() => null)]);
    const again = make("button", { type: "button", textContent: "Send again", "aria-label": `Send again: ${statusOf(webhook_id)} of ${task?.prompt ?? task_id}`, onclick: () => replay(webhook_id) });
    const facts = [["Prompt", task?.prompt], ["Receiver", task?.webhook_url], ["Event", webhook_id]].filter(([, value]) => value);
    body.replaceChildren(make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: value })])), table(attempts), make("div", { className: "actions" }, again));
  } catch (error) {
    body.replaceChildren(make("p", { className: "error", textContent: error.message }));
  }
}

function table(attempts) {
  const row = ({ attempt, made_at, seconds, outcome, detail }) => make("tr", {}, ...[attempt, time(made_at), `${seconds.toFixed(2)} s`, outcome, detail].map((text) => make("td", { textContent: text })));
  const head = ["Attempt", "When", "Took", "Outcome", "What came"].map((textContent) => make("th", { scope: "col", textContent }));
  // It may be wider than a phone: then it is scrolled, by keys as well.
  return make("div", { className: "table-scroll", tabindex: "0", role: "region", "aria-label": "Attempts, newest first" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...attempts.map(row))));
}

async function replay(id) {
  try {
    await api.replay(id);
    toast("Sent again; the next attempt follows.");
    await look();
  } catch (error) {
    toast(error.message);
  }
}

/** Asks for the newest attempts; what is open stays open. */
async function look() {
  clearTimeout(timer);
  if (!isShown("webhooks")) return;
  try {
    const page = await api.deliveries(null, $("outcome").value, PAGE);
    cursor ??= page.next;
    place(newestOfEach(page.data), true);
    showError($("webhooks-error"), "");
  } catch (error) {
    showError($("webhooks-error"), error.message);
  }
  $("older-events").hidden = !cursor;
  $("no-events").hidden = $("events").childElementCount > 0 || !$("webhooks-error").hidden;
  timer = setTimeout(look, LOOK_SECONDS * 1000);
}

function place(events, areNewest) {
  const items = [];
  for (const newest of events) {
    const known = document.getElementById(`event-${newest.webhook_id}`);
    if (known && areNewest) update(known, newest);
    if (!known) items.push(make("li", {}, event(newest)));
  }
  if (areNewest) $("events").prepend(...items);
  else $("events").append(...items);
}

async function older() {
  const page = await api.deliveries(cursor, $("outcome").value, PAGE);
  cursor = page.next;
  place(newestOfEach(page.data), false);
  $("older-events").hidden = !cursor;
}

function reload() {
  cursor = null;
  $("events").replaceChildren();
  look();
}

export function start() {
  $("webhooks").addEventListener("shown", reload);
  $("outcome").addEventListener("change", reload);
  $("older-events").addEventListener("click", () => older().catch((error) => toast(error.message)));
  api.bus.addEventListener("new-key", reload);
}
