// One task as a card: its picture, or how far it is.

import { task as readTask, thumbnail } from "./api.js";
import { make, progressText, toast } from "./dom.js";
import { begin, isLive, learn, previews, requestOf, stop } from "./store.js";

// How often each task's picture could not be had since it last could.
const misses = new Map();
// Seconds until it is tried again, at most; each failure doubles them.
const PATIENCE = 60;

/** The card of a task. `open` is called when its picture is wanted in full. */
export function card(task, open) {
  const item = make("li", { className: "card", id: `task-${task.task_id}` });
  update(item, task, open);
  return item;
}

/** Shows a task as it now stands; the progress moves without anything being made anew. */
export function update(item, task, open) {
  if (item.dataset.status === task.status && isLive(task)) return advance(item, task);
  const hadFocus = item.contains(document.activeElement);
  item.dataset.status = task.status;
  item.replaceChildren(...[frame(task, open), state(task), caption(task)].filter(Boolean));
  if (isLive(task)) advance(item, task);
  if (hadFocus) item.querySelector("button")?.focus();
}

function frame(task, open) {
  const inner = task.image ? picture(task) : make("span", { className: "waiting", "aria-hidden": "true", textContent: task.status === "FAILED" ? "✕" : "" });
  const label = task.image ? "" : `${task.prompt}: ${progressText(task)}`;
  const button = make("button", { type: "button", className: "frame", onclick: () => open(task.task_id) }, inner);
  if (label) button.setAttribute("aria-label", label);
  return button;
}

function picture(task) {
  const { width, height } = task.size;
  const image = make("img", { loading: "lazy", decoding: "async", alt: task.prompt, width, height, src: thumbnail(task, 384) });
  image.addEventListener("error", () => again(task.task_id, image), { once: true });
  image.addEventListener("load", () => misses.delete(task.task_id), { once: true });
  return image;
}

/** Looks the task up again, which shows it anew: links end after an hour, and a server may be away. At once, then ever later. */
function again(id, image) {
  const count = misses.get(id) ?? 0;
  misses.set(id, count + 1);
  const seconds = count && Math.min(2 ** count, PATIENCE);
  setTimeout(() => image.isConnected && readTask(id).then(learn, () => again(id, image)), seconds * 1000);
}

/** What lies over the picture's place while there is none. */
function state(task) {
  if (isLive(task)) {
    return make("div", { className: "over" }, make("p", { className: "state" }), make("progress", { "aria-label": `Progress of ${task.prompt}` }), button("Cancel", task, stop));
  }
  if (task.status !== "FAILED") return null;
  return make("div", { className: "over" }, make("p", { className: "state error", textContent: progressText(task), title: progressText(task) }), button("Retry", task, () => begin(requestOf(task))));
}

function button(name, task, act) {
  return make("button", { type: "button", textContent: name, "aria-label": `${name} ${task.prompt}`, onclick: () => act(task).catch((error) => toast(error.message)) });
}

const caption = (task) => make("p", { className: "prompt-text", textContent: task.prompt, title: task.prompt });

function advance(item, task) {
  const bar = item.querySelector("progress");
  if (task.num_inference_steps) {
    bar.max = task.num_inference_steps;
    bar.value = task.step;
  }
  item.querySelector(".state").textContent = progressText(task);
  item.querySelector(".frame").setAttribute("aria-label", `${task.prompt}: ${progressText(task)}`);
  if (previews.has(task.task_id)) preview(item).src = previews.get(task.task_id);
}

/** The image that shows how the picture comes along; the frame's label says how far it is. */
function preview(item) {
  const frame = item.querySelector(".frame");
  if (!frame.querySelector(".preview")) frame.replaceChildren(make("img", { className: "preview", alt: "" }));
  return frame.firstElementChild;
}
