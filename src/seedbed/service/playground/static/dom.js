// Small words for what the page does all the time.

export const $ = (id) => document.getElementById(id);

/** An element with properties, attributes and children; text is always text, never HTML. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

let hiding;

/** Says something for a moment, to eyes and to screen readers. */
export function toast(text) {
  const place = $("toast");
  $("spoken").textContent = place.textContent = text;
  // Shown anew, so that it lies above a dialog that was opened since.
  place.hidePopover();
  place.showPopover();
  clearTimeout(hiding);
  hiding = setTimeout(() => place.hidePopover(), 5000);
}

export function showError(place, text) {
  place.textContent = text ?? "";
  place.hidden = !text;
}

export async function copy(text) {
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyTheOldWay(text); // Without https, browsers keep the clipboard to themselves.
  toast("Copied");
}

function copyTheOldWay(text) {
  const area = make("textarea", { value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** How a task stands, in words. */
export function progressText(task) {
  if (task.status === "CREATED") {
    if (task.queue_position === null) return "waiting";
    return task.queue_position === 0 ? "next in line" : `${plural(task.queue_position, "picture")} before it`;
  }
  if (task.status !== "IN_PROGRESS") return task.status === "FAILED" ? `failed: ${task.error}` : "finished";
  if (task.cancel_requested) return "stopping";
  if (task.num_inference_steps && task.step === task.num_inference_steps) return "finishing";
  return task.num_inference_steps ? `step ${task.step} of ${task.num_inference_steps}` : "being drawn";
}
