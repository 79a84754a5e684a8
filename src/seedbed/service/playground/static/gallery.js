// The pictures, newest first; older ones come as one scrolls.

import * as api from "./api.js";
import { card, update } from "./card.js";
import { $, toast } from "./dom.js";
import { changes, isLive, known } from "./store.js";
import { show } from "./detail.js";

// Pixels below the window in which older pictures are already loaded.
const AHEAD = 800;

let cursor = null;
let isLoading = false;
let isOver = false;
let round = 0;

const place = (id) => $(`task-${id}`);
const idOf = (item) => item.id.slice("task-".length);
const fits = (task) => !$("filter").value || $("filter").value === task.status;
const open = (id) => show(id);

/** Begins the list anew. */
export async function reload() {
  round += 1;
  cursor = null;
  isOver = false;
  isLoading = false;
  $("cards").replaceChildren();
  await more();
}

async function more() {
  if (isLoading || isOver) return;
  isLoading = true;
  const asked = round;
  try {
    const page = await api.page(cursor, $("filter").value);
    if (asked !== round) return;
    cursor = page.next_cursor;
    isOver = cursor === null;
    for (const task of page.data) append(task);
  } catch (error) {
    isOver = true;
    if (error.status !== 401) toast(error.message);
  } finally {
    if (asked === round) isLoading = false;
    tidy();
  }
  // A tall window may still show the end.
  if (asked === round && !isOver && nearEnd()) await more();
}

const nearEnd = () => $("sentinel").getBoundingClientRect().top < innerHeight + AHEAD && $("sentinel").offsetParent !== null;

function append(task) {
  known.set(task.task_id, task);
  if (!place(task.task_id)) $("cards").append(card(task, open));
}

function tidy() {
  $("empty").hidden = $("cards").childElementCount > 0 || isLoading;
  $("more").hidden = isOver;
}

function onTask({ detail: task }) {
  const item = place(task.task_id);
  if (item) update(item, task, open);
  else if (fits(task)) insert(task);
  if (item && !isLive(task) && task.status === "COMPLETED") toast(`Drawn: ${task.prompt}`);
  tidy();
}

/** Puts a task where its time of acceptance belongs; one older than all that is shown comes as one scrolls. */
function insert(task) {
  const items = [...$("cards").children];
  const next = items.find((item) => known.get(idOf(item)).created_at <= task.created_at);
  if (next) next.before(card(task, open));
  else if (isOver) $("cards").append(card(task, open));
}

/** The neighbour of a task in the list as it is shown: -1 the newer, 1 the older. */
export function neighbour(id, direction) {
  const item = place(id);
  const next = direction < 0 ? item?.previousElementSibling : item?.nextElementSibling;
  return next ? idOf(next) : null;
}

export function start() {
  changes.addEventListener("task", onTask);
  $("filter").addEventListener("change", reload);
  $("more").addEventListener("click", more);
  new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && more(), { rootMargin: `${AHEAD}px` }).observe($("sentinel"));
}
