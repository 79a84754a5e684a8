// The form: what to draw, kept over a reload.

import { $, make, showError, toast } from "./dom.js";
import { begin } from "./store.js";
import { readSoon, surprise } from "./words.js";

const KEPT = "seedbed-form";
const RATIOS = [
  ["square_1_1", 1, 1],
  ["classic_4_3", 4, 3],
  ["standard_3_2", 3, 2],
  ["widescreen_16_9", 16, 9],
  ["traditional_3_4", 3, 4],
  ["portrait_2_3", 2, 3],
  ["social_story_9_16", 9, 16],
];
const MAX_SEED = 2 ** 31 - 1;

export const ratioName = (ratio) => RATIOS.find(([name]) => name === ratio)?.slice(1).join(":") ?? ratio;
export const ratioOf = (ratio) => RATIOS.find(([name]) => name === ratio)?.slice(1) ?? [1, 1];
export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0] & MAX_SEED;

const isLocked = () => $("lock").getAttribute("aria-pressed") === "true";

function lock(locked) {
  $("lock").setAttribute("aria-pressed", String(locked));
  $("lock").textContent = locked ? "Locked" : "Lock";
  $("seed-hint").textContent = locked ? "The same for each picture." : "A new one for each picture.";
}

/** What the form asks for; null with the reason shown where it asks for nothing. */
export function wanted() {
  const seed = $("seed");
  const prompt = $("prompt").value.trim();
  const wrong = !prompt ? "Write what the picture shall show." : seed.validity.valid ? "" : "A seed is a whole number from 0 to 2147483647.";
  showError($("form-error"), wrong);
  if (wrong) {
    (prompt ? seed : $("prompt")).focus();
    return null;
  }
  if (!isLocked() || seed.value === "") seed.value = randomSeed();
  keep();
  return {
    prompt,
    aspect_ratio: document.querySelector("input[name=ratio]:checked").value,
    guidance_scale: Number($("guidance").value),
    seed: Number(seed.value),
  };
}

/** Puts a task's request into the form, its seed locked. */
export function fill({ prompt, aspect_ratio, guidance_scale, seed }) {
  $("prompt").value = prompt;
  document.querySelector(`input[name=ratio][value=${aspect_ratio}]`).checked = true;
  $("guidance").value = guidance_scale;
  $("guidance-shown").value = guidance_scale;
  $("seed").value = seed;
  lock(true);
  keep();
  readSoon();
}

function keep() {
  const kept = {
    prompt: $("prompt").value,
    ratio: document.querySelector("input[name=ratio]:checked").value,
    guidance: $("guidance").value,
    seed: $("seed").value,
    locked: isLocked(),
  };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return;
  fill({ prompt: kept.prompt, aspect_ratio: kept.ratio, guidance_scale: kept.guidance, seed: kept.seed });
  lock(kept.locked);
}

function shape([name, width, height]) {
  const longer = Math.max(width, height);
  const box = make("span", { className: "shape", "aria-hidden": "true" });
  box.style.width = `${(26 * width) / longer}px`;
  box.style.height = `${(26 * height) / longer}px`;
  const input = make("input", { type: "radio", name: "ratio", value: name, checked: name === "square_1_1" });
  return make("label", { className: "ratio", title: name.replaceAll("_", " ") }, input, make("span", { className: "shape-box" }, box), `${width}:${height}`);
}

async function draw(event) {
  event.preventDefault();
  const request = wanted();
  if (!request) return;
  try {
    await begin(request, (seconds, error) => toast(`${error.message} Trying again in ${seconds} s.`));
    toast("Accepted");
    if (matchMedia("(max-width: 860px)").matches) $("results").scrollIntoView();
  } catch (error) {
    showError($("form-error"), error.message);
  }
}

export function start() {
  $("ratios").append(...RATIOS.map(shape));
  restore();
  $("composer").addEventListener("submit", draw);
  $("composer").addEventListener("input", () => {
    keep();
    showError($("form-error"), "");
  });
  $("prompt").addEventListener("input", readSoon);
  $("prompt").addEventListener("scroll", () => ($("mirror").scrollTop = $("prompt").scrollTop));
  $("prompt").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("composer").requestSubmit();
  });
  $("guidance").addEventListener("input", () => ($("guidance-shown").value = $("guidance").value));
  $("lock").addEventListener("click", () => {
    if (!isLocked() && $("seed").value === "") $("seed").value = randomSeed();
    lock(!isLocked());
    keep();
  });
  $("seed").addEventListener("input", () => lock($("seed").value !== ""));
  $("dice").addEventListener("click", () => {
    $("seed").value = randomSeed();
    lock(true);
    keep();
  });
  $("surprise").addEventListener("click", () => {
    $("prompt").value = surprise();
    keep();
    readSoon();
  });
}
