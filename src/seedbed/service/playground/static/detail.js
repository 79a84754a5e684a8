// One picture in full, with everything that made it.

import { fill, ratioName } from "./composer.js";
import { $, copy, make, progressText, showError, toast } from "./dom.js";
import { focus, neighbour } from "./gallery.js";
import { curl, python } from "./snippets.js";
import { begin, changes, known, previews, requestOf } from "./store.js";
import { correctionText, restyled, taught } from "./words.js";

let shown = null;

const task = () => known.get(shown);

export function show(id) {
  shown = id;
  render();
  if (!$("detail").open) $("detail").showModal();
}

function render() {
  const told = task();
  $("detail-title").textContent = told.prompt;
  const image = told.image ?? previews.get(shown);
  $("detail-image").hidden = !image;
  $("detail-image").classList.toggle("preview", !told.image);
  if (image) {
    $("detail-image").src = image;
    $("detail-image").alt = told.prompt;
  } else $("detail-image").removeAttribute("src");
  showError($("detail-none"), told.image ? "" : progressText(told));
  $("detail-none").dataset.status = told.status;
  $("detail-facts").replaceChildren(...facts(told).flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: value })]));
  $("download").hidden = !told.image;
  $("download").href = told.image ?? "#";
  $("download").download = `seedbed-${told.seed}.jpeg`;
  $("restyle-row").hidden = taught.styles.length === 0;
  $("restyle").replaceChildren(...taught.styles.map((style) => make("option", { textContent: style })));
  $("newer").disabled = neighbour(shown, -1) === null;
  $("older").disabled = neighbour(shown, 1) === null;
}

function facts(told) {
  const seconds = told.finished_at && told.started_at ? (new Date(told.finished_at) - new Date(told.started_at)) / 1000 : null;
  return [
    ["Status", progressText(told)],
    ["Shape", `${ratioName(told.aspect_ratio)}, ${told.size.width} × ${told.size.height}`],
    ["Guidance", told.guidance_scale],
    ["Seed", told.seed],
    ["Read as", correctionText(told.read_as)],
    ["Not drawn", told.ignored_words.join(", ")],
    ["Model", told.model && `${told.model} ${told.model_digest.slice(0, 8)}`],
    ["Accepted", new Date(told.created_at).toLocaleString()],
    ["Drawn in", seconds === null ? "" : `${seconds.toFixed(1)} s`],
    ["Task", told.task_id],
  ].filter(([, value]) => value !== "" && value !== null);
}

function step(direction) {
  const next = neighbour(shown, direction);
  if (next) show(next);
}

async function restyle() {
  const told = task();
  try {
    await begin({ ...requestOf(told), prompt: restyled(told.prompt, $("restyle").value) });
    toast("Accepted");
    $("detail").close();
  } catch (error) {
    toast(error.message);
  }
}

export function start() {
  changes.addEventListener("task", ({ detail }) => {
    if (detail.task_id === shown && $("detail").open) render();
  });
  $("detail-close").addEventListener("click", () => $("detail").close());
  $("detail").addEventListener("close", () => focus(shown));
  $("detail").addEventListener("click", (event) => event.target === $("detail") && $("detail").close());
  $("detail").addEventListener("keydown", (event) => {
    if (event.target.tagName === "SELECT") return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  $("use-again").addEventListener("click", () => {
    fill(task());
    $("detail").close();
    $("prompt").focus();
  });
  $("copy-curl").addEventListener("click", () => copy(curl(task())));
  $("copy-python").addEventListener("click", () => copy(python(task())));
  $("restyle-draw").addEventListener("click", restyle);
  $("newer").addEventListener("click", () => step(-1));
  $("older").addEventListener("click", () => step(1));
}
