// What the model knows, as chips; what it understands of the prompt, below it and under its words.

import * as api from "./api.js";
import { $, make } from "./dom.js";

const THINGS_SHOWN = 24;
const DELAY = 200;

export const taught = { model: "", things: [], styles: [], scenes: [], colours: [] };

export async function load() {
  Object.assign(taught, await api.vocabulary());
  $("ideas").hidden = taught.things.length === 0;
  $("surprise").hidden = taught.things.length === 0;
  showChips();
}

const article = (noun) => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
const oneOf = (list) => list[Math.floor(Math.random() * list.length)];

/** A prompt of words that the model knows. */
export function surprise() {
  const first = article(oneOf(taught.things));
  const second = Math.random() < 0.5 ? ` ${oneOf(["to the left of", "to the right of", "above", "below"])} ${article(oneOf(taught.things))}` : "";
  const scene = taught.scenes.length && Math.random() < 0.4 ? `, ${oneOf(taught.scenes)}` : ` on ${article(oneOf(taught.colours).name)} background`;
  const style = taught.styles.length && Math.random() < 0.4 ? `, ${oneOf(taught.styles)} style` : "";
  return first + second + scene + style;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const tidy = (text) => text.replace(/\s+/g, " ").replace(/^[\s,]+|[\s,]+$/g, "").replace(/\s+,/g, ",").replace(/,+/g, ",");

/** Each kind of chip: how its words are added, and how they are found again. */
const phrases = {
  things: { add: (word) => (prompt) => (prompt ? `${prompt} and ${article(word)}` : article(word)), find: (word) => new RegExp(`(\\s+and)?\\s*\\b(an? )?${escaped(word)}\\b`, "iu") },
  styles: { add: (word) => (prompt) => `${withoutStyle(prompt)}, ${word} style`, find: (word) => new RegExp(`,?\\s*\\b${escaped(word)}( style)?\\b`, "iu") },
  scenes: { add: (word) => (prompt) => `${prompt}, ${word}`, find: (word) => new RegExp(`,?\\s*\\b${escaped(word)}\\b`, "iu") },
  colours: { add: (word) => (prompt) => `${prompt.replace(/\s*on an? [\w ]+? background/iu, "")} on ${article(word)} background`, find: (word) => new RegExp(`\\s*\\bon an? ${escaped(word)} background\\b`, "iu") },
};

export function withoutStyle(prompt) {
  return taught.styles.reduce((text, style) => text.replace(new RegExp(`,?\\s*\\b${escaped(style)} style\\b`, "iu"), ""), prompt);
}

export const restyled = (prompt, style) => phrases.styles.add(style)(prompt);

function showChips() {
  const titles = { things: "Things", styles: "Styles", scenes: "Scenes", colours: "Backgrounds" };
  $("chips").replaceChildren(
    ...Object.entries(titles).filter(([kind]) => taught[kind].length).map(([kind, title]) => group(kind, title)),
  );
  markChips();
}

function group(kind, title) {
  const all = taught[kind].map((entry) => chip(kind, entry));
  const row = make("div", { className: "chip-row", role: "group", "aria-label": title }, ...all.slice(0, THINGS_SHOWN));
  if (all.length > THINGS_SHOWN) {
    const more = make("button", { type: "button", className: "quiet", textContent: `all ${all.length}` });
    more.addEventListener("click", () => {
      more.replaceWith(...all.slice(THINGS_SHOWN));
      all[THINGS_SHOWN].focus();
    });
    row.append(more);
  }
  return make("div", {}, make("h2", { textContent: title }), row);
}

function chip(kind, entry) {
  const word = entry.name ?? entry;
  const button = make("button", { type: "button", className: "chip", "aria-pressed": "false", textContent: word, onclick: () => toggle(kind, word) });
  button.dataset.kind = kind;
  button.dataset.word = word;
  if (entry.rgb) {
    const swatch = make("span", { className: "swatch" });
    swatch.style.background = `rgb(${entry.rgb.join(" ")})`;
    button.prepend(swatch);
  }
  return button;
}

function toggle(kind, word) {
  const { add, find } = phrases[kind];
  const prompt = $("prompt");
  const found = find(word).test(prompt.value);
  prompt.value = tidy(found ? prompt.value.replace(find(word), "") : add(word)(prompt.value.trim()));
  prompt.dispatchEvent(new Event("input", { bubbles: true }));
}

function markChips() {
  for (const button of document.querySelectorAll("#chips .chip")) {
    const { kind, word } = button.dataset;
    button.setAttribute("aria-pressed", String(phrases[kind].find(word).test($("prompt").value)));
  }
}

let waiting;
let asking;

/** Reads the prompt as the model will, a moment after the last key. */
export function readSoon() {
  mirror([]);
  markChips();
  clearTimeout(waiting);
  waiting = setTimeout(read, DELAY);
}

async function read() {
  asking?.abort();
  asking = new AbortController();
  const prompt = $("prompt").value;
  if (!prompt.trim()) return $("reading").replaceChildren();
  try {
    show(await api.reading(prompt, asking.signal));
  } catch {
    // Typed on, or no key yet: the next reading tells.
  }
}

export const correctionText = (read_as) => read_as.map(({ written, read_as }) => `${written} as ${read_as}`).join(", ");

function show({ ignored_words, meanings, read_as }) {
  mirror(ignored_words);
  const understood = meanings.map(({ text, thing }) => (text === thing ? thing : `${text} (${thing})`));
  $("reading").replaceChildren(
    ...(understood.length ? [make("span", { className: "understood" }, make("b", { textContent: "Draws: " }), understood.join(", "))] : []),
    ...(read_as.length ? [make("span", { className: "corrected" }, make("b", { textContent: "Reads: " }), correctionText(read_as))] : []),
    ...(ignored_words.length ? [make("span", { className: "ignored" }, make("b", { textContent: "Does not know: " }), ignored_words.join(", "))] : []),
  );
}

/** Draws the prompt once more behind the field, invisible but for the lines under what is unknown. */
function mirror(ignored) {
  const unknown = new Set(ignored);
  const parts = $("prompt").value.split(/([\p{L}\p{N}\p{M}]+|\p{So}+)/u);
  const shown = parts.map((part) => (unknown.has(part.normalize("NFKC").toLowerCase()) ? make("mark", { textContent: part }) : part));
  $("mirror").replaceChildren(...shown, "\n");
  $("mirror").scrollTop = $("prompt").scrollTop;
}
