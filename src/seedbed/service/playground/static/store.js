// The tasks that this page knows, by id; whoever shows them listens for "task", which also comes with each preview.

import * as api from "./api.js";

export const known = new Map();
/** How the pictures of live tasks come along, by task id: a data URL each. */
export const previews = new Map();
export const changes = new EventTarget();

export const isLive = (task) => task.status === "CREATED" || task.status === "IN_PROGRESS";

const RANK = { CREATED: 0, IN_PROGRESS: 1, COMPLETED: 2, FAILED: 2 };

/** Takes what the server told of a task; what is older than what is known is dropped. */
export function learn(task) {
  const before = known.get(task.task_id);
  if (before && RANK[before.status] > RANK[task.status]) return before;
  const now = before && !isLive(task) ? task : { ...task, queue_position: task.queue_position ?? before?.queue_position ?? null };
  known.set(task.task_id, now);
  if (!isLive(now)) previews.delete(now.task_id);
  changes.dispatchEvent(new CustomEvent("task", { detail: now }));
  return now;
}

/** Takes how a task's picture comes along; of one that is unknown or has ended it is of no use. */
export function learnPreview({ task_id: id, image }) {
  const task = known.get(id);
  if (!task || !isLive(task)) return;
  previews.set(id, image);
  changes.dispatchEvent(new CustomEvent("task", { detail: task }));
}

/** Begins a task; it is known from the moment that the server took it. */
export async function begin(wanted, wait) {
  const { task_id } = await api.submit(wanted, wait);
  return learn(await api.task(task_id));
}

/** Looks again at every task that was live when last heard of. */
export async function refresh() {
  const live = [...known.values()].filter(isLive);
  await Promise.allSettled(live.map(async (task) => learn(await api.task(task.task_id))));
}

export async function stop(task) {
  await api.cancel(task.task_id);
  learn({ ...known.get(task.task_id), cancel_requested: true });
}

export const requestOf = ({ prompt, aspect_ratio, guidance_scale, seed }) => ({ prompt, aspect_ratio, guidance_scale, seed });
