// The pictures, newest first; older ones come as one scrolls.

import * as api from "./api.js";
import { card, update } from "./card.js";
import { $, toast } from "./dom.js";
import { changes, known } from "./store.js";
import { show } from "./detail.js";
import { Shelf } from "./shelf.js";

const PAGE = 60;
// Seconds until it is tried again, at most; each failure doubles them.
const PATIENCE = 30;
// Neighbours of the picture that is looked at, which are loaded before they are wanted.
const NEAR = 12;

let shelf;
let cursor = null;
let isLoading = false;
let isOver = false;
let round = 0;
let failures = 0;
let waiting;

const fits = (task) => !$("filter").value || $("filter").value === task.status;
const open = (id) => show(id);
const time = (id) => Date.parse(known.get(id).created_at);

/** Begins the list anew. */
export async function reload() {
  round += 1;
  failures = 0;
  cursor = null;
  isOver = false;
  isLoading = false;
  clearTimeout(waiting);
  waiting = undefined;
  shelf.clear();
  await more();
}

async function more() {
  if (isLoading || isOver) return;
  isLoading = true;
  tidy();
  clearTimeout(waiting);
  waiting = undefined;
  const asked = round;
  try {
    const page = await api.page(cursor, $("filter").value, PAGE);
    if (asked !== round) return;
    append(page);
  } catch (error) {
    if (asked === round) again(error);
  } finally {
    if (asked === round) isLoading = false;
    tidy();
  }
}

function append({ data, next_cursor }) {
  failures = 0;
  cursor = next_cursor;
  isOver = cursor === null;
  const held = new Set(shelf.ids.slice(-PAGE));
  for (const task of data) {
    known.set(task.task_id, task);
    if (!held.has(task.task_id)) shelf.ids.push(task.task_id);
  }
}

/** An error ends nothing: after a while the same page is asked for again; without a valid key, once there is one. */
function again(error) {
  waiting = 0;
  if (error.status === 401) return;
  if (failures === 0) toast(error.message);
  failures += 1;
  const seconds = error.retryAfter || Math.min(2 ** failures, PATIENCE);
  waiting = setTimeout(more, seconds * 1000);
}

function tidy() {
  shelf.isBusy = isLoading;
  $("empty").hidden = shelf.ids.length > 0 || !isOver;
  $("empty").textContent = $("filter").value ? "No picture is in that state." : "Nothing here yet. Write a prompt and press Draw.";
  $("more").hidden = isOver;
  shelf.show();
}

function onTask({ detail: task }) {
  const id = task.task_id;
  const isShown = shelf.ids.includes(id);
  const item = shelf.card(id);
  if (item) update(item, task, open);
  if (!isShown && fits(task)) insert(task);
  if (isShown && !fits(task)) drop(id, item?.contains(document.activeElement));
  if (isShown && task.status === "COMPLETED") toast(`Drawn: ${task.prompt}`);
  tidy();
}

/** Puts a task where its time of acceptance belongs; one older than all that is loaded comes as one scrolls. */
function insert(task) {
  const { ids } = shelf;
  const accepted = Date.parse(task.created_at);
  let low = 0;
  for (let high = ids.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (time(ids[middle]) > accepted) low = middle + 1;
    else high = middle;
  }
  if (low < ids.length || isOver) ids.splice(low, 0, task.task_id);
}

/** Takes out a task that the filter no longer shows; the keyboard goes on to the one that follows. */
function drop(id, hadFocus) {
  const next = neighbour(id, 1) ?? neighbour(id, -1);
  shelf.ids.splice(shelf.ids.indexOf(id), 1);
  if (hadFocus) (next ? shelf.reveal(next)?.querySelector("button") : $("filter"))?.focus();
}

/** The neighbour of a task in the list as it is shown: -1 the newer, 1 the older. */
export function neighbour(id, direction) {
  const place = shelf.ids.indexOf(id);
  if (place < 0) return null;
  if (shelf.ids.length - place < NEAR) more();
  return shelf.ids[place + direction] ?? null;
}

/** Brings the keyboard to a task's card, wherever in the list it is. */
export const focus = (id) => shelf.reveal(id)?.querySelector("button")?.focus();

export function start() {
  shelf = new Shelf($("cards"), (id) => card(known.get(id), open), () => waiting === undefined && more());
  changes.addEventListener("task", onTask);
  $("filter").addEventListener("change", reload);
  $("more").addEventListener("click", more);
}
