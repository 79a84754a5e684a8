// One task as a card: its picture, or how far it is.

import { thumbnail } from "./api.js";
import { ratioOf } from "./composer.js";
import { make, progressText, toast } from "./dom.js";
import { begin, isLive, requestOf, stop } from "./store.js";

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
  item.replaceChildren(frame(task, open), caption(task));
  if (isLive(task)) advance(item, task);
  if (hadFocus) item.querySelector("button")?.focus();
}

function frame(task, open) {
  const [width, height] = ratioOf(task.aspect_ratio);
  const inner = task.image ? picture(task) : make("span", { className: "waiting", "aria-hidden": "true", textContent: task.status === "FAILED" ? "✕" : "" });
  const label = task.image ? "" : `${task.prompt}: ${progressText(task)}`;
  const button = make("button", { type: "button", className: "frame", onclick: () => open(task.task_id) }, inner);
  if (label) button.setAttribute("aria-label", label);
  button.style.aspectRatio = `${width} / ${height}`;
  return button;
}

function picture(task) {
  const { width, height } = task.size;
  return make("img", { loading: "lazy", decoding: "async", alt: task.prompt, width, height, src: thumbnail(task, 384) });
}

function caption(task) {
  const rows = [make("p", { className: "prompt-text", textContent: task.prompt, title: task.prompt })];
  if (isLive(task)) {
    rows.push(make("progress", { "aria-label": `Progress of ${task.prompt}` }), make("p", { className: "state" }));
    rows.push(make("button", { type: "button", textContent: "Cancel", "aria-label": `Cancel ${task.prompt}`, onclick: () => stop(task).catch((error) => toast(error.message)) }));
  }
  if (task.status === "FAILED") {
    rows.push(make("p", { className: "state error", textContent: progressText(task) }));
    rows.push(make("button", { type: "button", textContent: "Retry", "aria-label": `Retry ${task.prompt}`, onclick: () => begin(requestOf(task)).catch((error) => toast(error.message)) }));
  }
  return make("div", { className: "caption" }, ...rows);
}

function advance(item, task) {
  const bar = item.querySelector("progress");
  if (task.num_inference_steps) {
    bar.max = task.num_inference_steps;
    bar.value = task.step;
  }
  item.querySelector(".state").textContent = progressText(task);
  item.querySelector(".frame").setAttribute("aria-label", `${task.prompt}: ${progressText(task)}`);
}
