// One prompt over a grid: rows of guidance or styles, columns of seeds.

import * as api from "./api.js";
import { ratioOf, wanted } from "./composer.js";
import { show } from "./detail.js";
import { $, make, progressText, showError, toast } from "./dom.js";
import { begin, changes, isLive, known, learn, previews } from "./store.js";
import { restyled, taught, withoutStyle } from "./words.js";

const KEPT = "seedbed-grid";
const MAX_PICTURES = 36;
const MAX_SEED = 2 ** 31 - 1;
const TILE = 320;
const LABEL = 28;

/** {rows: [label], columns: [label], ratio, prompt, cells: [[task id or null]]} */
let grid = null;

const keep = () => sessionStorage.setItem(KEPT, JSON.stringify(grid));
const cell = (row, column) => $(`cell-${row}-${column}`);

function rowsOf(request) {
  if ($("axis").value === "style") {
    const picked = [...document.querySelectorAll("#compare-styles input:checked")].map((input) => input.value);
    const plain = withoutStyle(request.prompt);
    return [["no style", { ...request, prompt: plain }], ...picked.map((style) => [style, { ...request, prompt: restyled(plain, style) }])];
  }
  const values = $("guidances").value.split(/[,;\s]+/).filter(Boolean).map(Number);
  if (!values.length || values.some((value) => !(value >= 0 && value <= 20))) throw new Error("Guidance values are numbers from 0 to 20, separated by commas.");
  return [...new Set(values)].map((value) => [`guidance ${value}`, { ...request, guidance_scale: value }]);
}

async function draw(event) {
  event.preventDefault();
  showError($("compare-error"), "");
  const request = wanted();
  if (!request) return;
  try {
    const rows = rowsOf(request);
    const count = Number($("seed-count").value);
    if (rows.length * count > MAX_PICTURES) throw new Error(`At most ${MAX_PICTURES} pictures at once.`);
    const seeds = Array.from({ length: count }, (_, number) => (request.seed + number) % (MAX_SEED + 1));
    grid = { prompt: request.prompt, ratio: request.aspect_ratio, rows: rows.map(([label]) => label), columns: seeds.map((seed) => `seed ${seed}`), cells: rows.map(() => seeds.map(() => null)) };
    render();
    await fillIn(rows, seeds);
  } catch (error) {
    showError($("compare-error"), error.message);
  }
}

/** One after the other, so that the queue's order is the grid's. */
async function fillIn(rows, seeds) {
  for (const [row, [, request]] of rows.entries()) {
    for (const [column, seed] of seeds.entries()) {
      const task = await begin({ ...request, seed }, (seconds, error) => toast(`${error.message} Trying again in ${seconds} s.`));
      grid.cells[row][column] = task.task_id;
      keep();
      showCell(row, column);
    }
  }
}

function render() {
  const head = make("tr", {}, make("td"), ...grid.columns.map((label) => make("th", { scope: "col", textContent: label })));
  const body = grid.rows.map((label, row) => make("tr", {}, make("th", { scope: "row", textContent: label }), ...grid.columns.map((_, column) => make("td", { id: `cell-${row}-${column}` }))));
  const table = make("table", {}, make("caption", { textContent: grid.prompt }), make("thead", {}, head), make("tbody", {}, ...body));
  $("grid").replaceChildren(table);
  $("grid").hidden = false;
  grid.cells.forEach((ids, row) => ids.forEach((_, column) => showCell(row, column)));
}

function showCell(row, column) {
  const task = known.get(grid.cells[row][column]);
  const [width, height] = ratioOf(grid.ratio);
  const text = task ? progressText(task) : "not asked yet";
  const shown = task?.image ? api.thumbnail(task, TILE) : previews.get(task?.task_id);
  const inner = shown ? make("img", { src: shown, alt: `${grid.rows[row]}, ${grid.columns[column]}${task.image ? "" : `: ${text}`}`, loading: "lazy" }) : text;
  const content = task ? make("button", { type: "button", className: "frame", onclick: () => show(task.task_id) }, inner) : make("span", { className: "frame" }, inner);
  content.style.aspectRatio = `${width} / ${height}`;
  const held = cell(row, column);
  const hadFocus = held.contains(document.activeElement);
  held.replaceChildren(content);
  if (hadFocus) content.focus();
  $("sheet").disabled = grid.cells.flat().some((id) => !known.get(id) || isLive(known.get(id)));
}

function onTask({ detail: task }) {
  grid?.cells.forEach((ids, row) => ids.forEach((id, column) => id === task.task_id && showCell(row, column)));
}

/** Draws the grid with its labels on one canvas, and saves that. */
async function saveSheet() {
  const [width, height] = ratioOf(grid.ratio);
  const tileHeight = Math.round((TILE * height) / width);
  const side = 120;
  const canvas = make("canvas", { width: side + grid.columns.length * TILE, height: 2 * LABEL + grid.rows.length * tileHeight });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#222222";
  pen.font = "14px sans-serif";
  pen.textBaseline = "middle";
  pen.fillText(grid.prompt, 8, LABEL / 2, canvas.width - 16);
  grid.columns.forEach((label, column) => pen.fillText(label, side + column * TILE + 8, 1.5 * LABEL, TILE - 16));
  for (const [row, ids] of grid.cells.entries()) {
    pen.fillText(grid.rows[row], 8, 2 * LABEL + (row + 0.5) * tileHeight, side - 16);
    for (const [column, id] of ids.entries()) {
      const task = known.get(id);
      if (task.image) pen.drawImage(await picture(task), side + column * TILE, 2 * LABEL + row * tileHeight, TILE, tileHeight);
    }
  }
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = make("a", { href: URL.createObjectURL(blob), download: "seedbed-grid.png" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function picture(task) {
  const image = make("img", { src: api.thumbnail(task, 2 * TILE) });
  await image.decode();
  return image;
}

async function restore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return;
  await Promise.allSettled(kept.cells.flat().filter(Boolean).map(async (id) => learn(await api.task(id))));
  if (grid) return;
  grid = kept;
  render();
}

export function showStyles() {
  const boxes = taught.styles.map((style, number) => make("label", { className: "check" }, make("input", { type: "checkbox", value: style, checked: number < 4 }), style));
  $("compare-styles").replaceChildren(...boxes);
  if (!taught.styles.length) $("axis").querySelector("option[value=style]").disabled = true;
}

export function start() {
  changes.addEventListener("task", onTask);
  $("compare-form").addEventListener("submit", draw);
  $("sheet").addEventListener("click", () => saveSheet().catch((error) => showError($("compare-error"), error.message)));
  $("axis").addEventListener("change", () => {
    $("styles-field").hidden = $("axis").value !== "style";
    $("guidances-label").hidden = $("axis").value === "style";
  });
}

export { restore };
