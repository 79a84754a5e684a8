// Puts the page together.

import * as api from "./api.js";
import * as compare from "./compare.js";
import * as composer from "./composer.js";
import * as deliveries from "./deliveries.js";
import * as detail from "./detail.js";
import { $, showError } from "./dom.js";
import * as gallery from "./gallery.js";
import * as keys from "./keys.js";
import { learn, learnPreview, refresh } from "./store.js";
import * as tabs from "./tabs.js";
import * as words from "./words.js";

const THEMES = { auto: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };
const STORED_THEME = "seedbed-theme";
const LOOK_SECONDS = 3;

function showTheme(name) {
  const [sign, meaning] = THEMES[name];
  document.documentElement.dataset.theme = name;
  $("theme").textContent = sign;
  $("theme").setAttribute("aria-label", `Theme: ${meaning}`);
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
  localStorage.setItem(STORED_THEME, next);
  showTheme(next);
}

function health(text, kind) {
  if ($("health").textContent !== text) $("health").textContent = text;
  $("health").dataset.kind = kind;
}

let isLinked = false;

async function lookAtHealth() {
  try {
    const { ready, model } = await api.isReady();
    if (!ready) health("model is loading", "wait");
    else health(isLinked ? `${model} is ready` : "connecting", isLinked ? "good" : "wait");
  } catch {
    health("server is away", "bad");
  }
  setTimeout(lookAtHealth, LOOK_SECONDS * 1000);
}

function askForKey(reason) {
  if ($("key-dialog").open) return;
  $("key").value = api.key.get();
  $("remember").checked = localStorage.getItem("seedbed-key") !== null;
  showError($("key-error"), api.key.get() ? reason : "");
  $("key-dialog").showModal();
}

async function begin() {
  await gallery.reload();
  await compare.restore();
}

function startKeys() {
  api.key.takeFromAddress();
  api.bus.addEventListener("key", ({ detail: reason }) => askForKey(reason));
  $("key-button").addEventListener("click", () => askForKey());
  $("key-forget").addEventListener("click", () => {
    api.key.forget();
    location.reload();
  });
  $("key-form").addEventListener("submit", () => {
    api.key.set($("key").value.trim(), $("remember").checked);
    api.bus.dispatchEvent(new Event("new-key"));
    begin();
    words.readSoon();
  });
}

function start() {
  showTheme(localStorage.getItem(STORED_THEME) ?? "auto");
  $("theme").addEventListener("click", nextTheme);
  startKeys();
  for (const part of [tabs, composer, gallery, detail, compare, deliveries, keys]) part.start();
  api.bus.addEventListener("link", ({ detail: linked }) => (isLinked = linked));
  lookAtHealth();
  words.load().then(() => {
    compare.showStyles();
    words.readSoon();
  }, () => {});
  begin();
  api.follow(learn, learnPreview, refresh);
}

start();
